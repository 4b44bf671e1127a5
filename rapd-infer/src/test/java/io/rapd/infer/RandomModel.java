package io.rapd.infer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.rapd.core.checkpoint.Provenance;
import io.rapd.core.checkpoint.TrainedModel;
import io.rapd.core.nn.Module;
import io.rapd.core.torch.Precision;
import io.rapd.core.torch.RandomStream;
import io.rapd.dit.DenoiserConfig;
import io.rapd.dit.DenoiserFolder;
import io.rapd.dit.flow.FlowConfig;
import io.rapd.dit.flow.Guidance;
import io.rapd.dit.flow.SamplingConfig;
import io.rapd.dit.text.MiniLmTextEncoder;
import io.rapd.dit.text.TextEncoderConfig;
import io.rapd.nif.LatentStatistics;
import io.rapd.nif.NeuralImageField;
import io.rapd.nif.NifConfig;
import io.rapd.nif.NifFolder;
import io.rapd.nif.encoder.EdsrConfig;
import io.rapd.nif.render.CqarConfig;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.function.BiConsumer;

/** Small models with random weights, in the layout that training writes. */
public final class RandomModel {
  public static final int CHANNELS = 4;
  public static final int TEXT_TOKENS = 8;
  public static final double MEAN = 0.25;
  public static final double DEVIATION = 1.5;
  public static final double TRAINED_SCALE = 4;
  public static final DenoiserConfig DENOISER =
      new DenoiserConfig(CHANNELS, 16, 4, 32, 2, 4, 16, 2, 1, MiniLmTextEncoder.WIDTH, TEXT_TOKENS);

  private static final Provenance NOBODY = new Provenance("test", "none", 0, 0);
  private static final String TEXT_PROVENANCE = textProvenance();

  private RandomModel() {}

  /** A text-to-image model: {@code nif/} and {@code denoiser/}. */
  public static Path textToImage(Path folder) {
    field(folder.resolve("nif"), CHANNELS);
    denoiser(folder.resolve("denoiser"), DENOISER, TEXT_PROVENANCE);
    return folder;
  }

  /** A text-to-image model whose denoiser is wide enough for int8 weights. */
  public static Path wide(Path folder) {
    field(folder.resolve("nif"), CHANNELS);
    DenoiserConfig sizes =
        new DenoiserConfig(
            CHANNELS, 16, 4, 128, 1, 4, 16, 2, 1, MiniLmTextEncoder.WIDTH, TEXT_TOKENS);
    denoiser(folder.resolve("denoiser"), sizes, TEXT_PROVENANCE);
    return folder;
  }

  /** A stage-1 model. */
  public static Path field(Path folder, int channels) {
    NifConfig config =
        new NifConfig(new EdsrConfig(channels, 1, 1), new CqarConfig(16, 2, 8, 4, 2));
    List<Double> mean = Collections.nCopies(channels, MEAN);
    List<Double> deviation = Collections.nCopies(channels, DEVIATION);
    try (NDManager manager = NDManager.newBaseManager()) {
      NeuralImageField field = new NeuralImageField(config, Precision.FLOAT32);
      randomize(field, manager);
      NifFolder.write(
          folder,
          new NifFolder.Description(
              config, new LatentStatistics(mean, deviation), NOBODY, TRAINED_SCALE),
          field.values());
    }
    return folder;
  }

  /** A denoiser alone. */
  public static Path denoiser(Path folder, DenoiserConfig config, String textProvenance) {
    return denoiser(folder, config, textProvenance, RandomModel::randomize);
  }

  /** A denoiser as training starts with it: it predicts zero. */
  public static Path silentDenoiser(Path folder) {
    return denoiser(
        folder, DENOISER, TEXT_PROVENANCE, (module, manager) -> module.initialize(manager, 1));
  }

  private static Path denoiser(
      Path folder,
      DenoiserConfig config,
      String textProvenance,
      BiConsumer<Module, NDManager> firstValues) {
    try (NDManager manager = NDManager.newBaseManager()) {
      Module denoiser = config.build(Precision.FLOAT32);
      firstValues.accept(denoiser, manager);
      DenoiserFolder.Description description =
          new DenoiserFolder.Description(
              config,
              new TextEncoderConfig.MiniLm(TEXT_TOKENS),
              textProvenance,
              new FlowConfig(4, 0, 1, "velocity", 0.1),
              new SamplingConfig(3, Guidance.of(2)),
              NOBODY);
      TrainedModel.write(folder, new TrainedModel.Part(description, denoiser.values()));
    }
    return folder;
  }

  /** The provenance of the encoder that {@link #textToImage} records. */
  public static String textProvenance() {
    try (MiniLmTextEncoder encoder = MiniLmTextEncoder.open(TEXT_TOKENS)) {
      return encoder.provenance();
    }
  }

  /** First values plus noise: a fresh denoiser predicts zero whatever the prompt. */
  private static void randomize(Module module, NDManager manager) {
    module.initialize(manager, 1);
    module
        .parameters()
        .forEach(
            (name, parameter) -> {
              try (NDArray noise = RandomStream.of(1, name, 1).normal(manager, parameter.shape())) {
                if (parameter.trained()) {
                  parameter.value().addi(noise.muli(0.1));
                }
              }
            });
  }
}
