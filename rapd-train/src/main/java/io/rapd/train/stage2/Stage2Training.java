package io.rapd.train.stage2;

import static io.rapd.core.config.Check.check;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.rapd.core.checkpoint.Provenance;
import io.rapd.core.checkpoint.TrainedModel;
import io.rapd.core.torch.Devices;
import io.rapd.core.torch.Precision;
import io.rapd.dit.Denoiser;
import io.rapd.dit.DenoiserFolder;
import io.rapd.dit.text.CachingTextEncoder;
import io.rapd.dit.text.TextEncoder;
import io.rapd.nif.NifFolder;
import io.rapd.train.data.BatchLoader;
import io.rapd.train.data.CaptionedImages;
import io.rapd.train.data.CentreSquare;
import io.rapd.train.data.ImageCache;
import io.rapd.train.data.ImageTextSource;
import io.rapd.train.loop.GradientExchange;
import io.rapd.train.loop.Optimizer;
import io.rapd.train.loop.TrainingLoop;
import io.rapd.train.loop.TrainingRun;
import io.rapd.train.loop.Workers;
import io.rapd.train.prepare.PreparedFolder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** A run of stage 2, from a configuration and a trained field to a model folder. */
public final class Stage2Training {
  private final Stage2Config config;
  private final Device device;
  private final Precision precision;
  private final GradientExchange exchange;

  /** Training of that configuration. */
  public Stage2Training(Stage2Config config, Device device, Precision precision) {
    this(config, device, precision, GradientExchange.identity());
  }

  /** Training whose gradients pass an exchange. */
  Stage2Training(
      Stage2Config config, Device device, Precision precision, GradientExchange exchange) {
    this.config = config;
    this.device = device;
    this.precision = precision;
    this.exchange = exchange;
  }

  /**
   * Trains, or goes on, and writes the model.
   *
   * @param out the run's folder
   * @param resume whether to go on from its newest checkpoint
   * @return the model, {@code out/model}: a folder with {@code nif} (a {@link NifFolder}) and
   *     {@code denoiser} (a {@link DenoiserFolder})
   * @throws IllegalArgumentException naming the file or field that does not fit
   * @throws IllegalStateException where a loss is not finite
   */
  public Path run(Path out, boolean resume) {
    ImageTextSource source = config.data().openTrain(true);
    try (NDManager manager = NDManager.newBaseManager(device, "PyTorch")) {
      // The field is written again with the model, and only encodes here: as exact as it came.
      NifFolder nif =
          NifFolder.load(
              TrainedModel.open(Path.of(config.field())).nif(), Precision.FLOAT32, manager);
      TrainedModel.requireSameChannels(
          config.denoiser().channels(), config.field(), nif.field().encoder().channels());
      Optional<PreparedFolder> prepared = config.prepared().folder().map(PreparedFolder::open);
      try (TextEncoder text = textEncoder(prepared)) {
        prepared.ifPresent(this::checkPrepared);
        check(
            text.width() == config.denoiser().textWidth(),
            "denoiser.textWidth (%d) must be the text encoder's width, %d",
            config.denoiser().textWidth(),
            text.width());
        Optional<AlignmentTarget> target =
            AlignmentTarget.of(config, source, prepared, precision, manager);
        return run(out, resume, source, nif, text, target, manager);
      }
    }
  }

  private TextEncoder textEncoder(Optional<PreparedFolder> prepared) {
    return prepared.isPresent()
        ? prepared.get()
        : new CachingTextEncoder(config.text().open(precision, device), config.textCache());
  }

  /** What previews ask for is known before the first step, not only at the first preview. */
  private void checkPrepared(PreparedFolder prepared) {
    prepared.requireText(config.text());
    List<String> prompts = new ArrayList<>(config.preview().prompts());
    prompts.add("");
    prepared.requirePrompts(prompts);
  }

  private Path run(
      Path out,
      boolean resume,
      ImageTextSource source,
      NifFolder nif,
      TextEncoder text,
      Optional<AlignmentTarget> target,
      NDManager manager) {
    OptionalInt width =
        target.isPresent() ? OptionalInt.of(target.get().width()) : OptionalInt.empty();
    Stage2Network network = new Stage2Network(config, width, precision);
    TrainingRun run = TrainingRun.open(out, config, resume);
    Optimizer optimizer =
        run.restoreOrInitialize(network, config.optimizer(), config.loop().seed(), manager);
    Map<String, NDArray> values = optimizer.averagesOf(network, Stage2Network.DENOISER);
    Denoiser averaged = config.denoiser().build(precision);
    averaged.bind(values);
    Stage2Preview preview = new Stage2Preview(config, nif, text, averaged);
    TrainingLoop loop =
        new TrainingLoop(
            "stage 2 on %s, %s".formatted(Devices.name(device), precision.on(device)),
            config.loop(),
            run,
            network,
            optimizer,
            exchange);
    try (BatchLoader<CaptionedImages.Batch> batches =
            new BatchLoader<>(images(source)::batch, run.step() + 1, BatchLoader.defaultThreads());
        Workers<Stage2Network> workers =
            new Workers<>(
                network,
                config.loop().workers(),
                device,
                () -> new Stage2Network(config, width, precision))) {
      long step =
          loop.run(
              new Stage2Objective(config, nif, text, workers, target, batches),
              at -> {
                preview.write(manager, run.previews().resolve("step-%08d.png".formatted(at)));
                return Map.of();
              },
              manager);
      return write(out, source, nif, text, values, step);
    }
  }

  private CaptionedImages images(ImageTextSource source) {
    ImageCache cache =
        new ImageCache(
            source, ImageCache.heapShare(), new CentreSquare(config.denoiser().latentSize()));
    return new CaptionedImages(
        source,
        cache,
        config.captionFirst(),
        config.flow().promptDropout(),
        config.loop().batchSize(),
        config.loop().seed());
  }

  private Path write(
      Path out,
      ImageTextSource source,
      NifFolder nif,
      TextEncoder text,
      Map<String, NDArray> values,
      long step) {
    Path model = TrainedModel.ofRun(out);
    DenoiserFolder.Description description =
        new DenoiserFolder.Description(
            config.denoiser(),
            config.text(),
            text.provenance(),
            config.flow(),
            config.sampling(),
            Provenance.of(source.description(), config.loop().seed(), step));
    TrainedModel.write(
        model,
        new TrainedModel.Part(nif.description(), nif.field().values()),
        new TrainedModel.Part(description, values));
    return model;
  }
}
