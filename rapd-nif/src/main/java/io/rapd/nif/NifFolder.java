package io.rapd.nif;

import static io.rapd.core.config.Check.check;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.rapd.core.checkpoint.ModelFolder;
import io.rapd.core.checkpoint.Provenance;
import io.rapd.core.checkpoint.TrainedModel;
import io.rapd.core.config.ConfigFile;
import io.rapd.core.config.Default;
import io.rapd.core.torch.Precision;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A trained neural image field on disk: {@code config.json} and {@code model.safetensors}.
 *
 * @param field the network, with its weights
 * @param description the contents of {@code config.json}
 */
public record NifFolder(NeuralImageField field, Description description) {
  /**
   * The contents of {@code config.json}.
   *
   * @param nif sizes of the network
   * @param statistics of the latents over the training set, per channel
   * @param provenance data, seed and number of steps of the training
   * @param trainedScale the largest scale s_max that it was trained at, in pixels per latent cell
   *     along a side; what lies beyond is extrapolated. 0 for unknown, as in models of earlier
   *     versions
   */
  public record Description(
      NifConfig nif,
      LatentStatistics statistics,
      Provenance provenance,
      // Left out where unknown: models of earlier versions stay as they are.
      @Default("0") @JsonInclude(JsonInclude.Include.NON_DEFAULT) double trainedScale) {
    public Description {
      check(trainedScale >= 0, "trainedScale must not be negative, got %s", trainedScale);
      check(
          statistics.mean().size() == nif.encoder().channels(),
          "statistics must have one mean per channel of nif.encoder (%d), got %d",
          nif.encoder().channels(),
          statistics.mean().size());
    }

    /** Of an unknown scale. */
    public Description(NifConfig nif, LatentStatistics statistics, Provenance provenance) {
      this(nif, statistics, provenance, 0);
    }
  }

  /** Pixel space, which has nothing to train or load. */
  public static NifFolder pixels() {
    NifConfig config = NifConfig.pixels();
    return new NifFolder(
        new NeuralImageField(config, Precision.FLOAT32),
        new Description(
            config,
            LatentStatistics.identity(config.encoder().channels()),
            Provenance.of("none", 0, 0)));
  }

  /** Writes the folder completely or not at all. */
  public static void write(Path folder, Description description, Map<String, NDArray> values) {
    TrainedModel.write(folder, new TrainedModel.Part(description, values));
  }

  /** Reads {@code config.json} only. */
  public static Description describe(Path folder) {
    return ConfigFile.read(folder.resolve("config.json"), Description.class, List.of());
  }

  /**
   * Loads a field for inference or as a frozen part of training.
   *
   * @param precision in which the renderer computes and stores its matrices
   * @throws IllegalArgumentException if {@code config.json} and weights disagree
   * @throws io.rapd.core.checkpoint.CheckpointException if a file is missing or damaged
   */
  public static NifFolder load(Path folder, Precision precision, NDManager manager) {
    try (ModelFolder files = ModelFolder.open(folder)) {
      Description description = ConfigFile.read(files.config(), Description.class, List.of());
      NeuralImageField field = new NeuralImageField(description.nif(), precision);
      field.load(files, manager);
      if (precision == Precision.BFLOAT16) {
        field.renderer().keepMatricesIn(precision);
      }
      return new NifFolder(field, description);
    }
  }
}
