package io.rapd.nif;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.rapd.core.checkpoint.AtomicFolder;
import io.rapd.core.checkpoint.ModelFolder;
import io.rapd.core.checkpoint.Provenance;
import io.rapd.core.config.ConfigFile;
import io.rapd.core.torch.Precision;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A trained field as a folder: {@code config.json} with sizes, latent statistics and provenance,
 * and {@code model.safetensors}.
 *
 * @param field the network, with its weights
 * @param description what config.json says
 */
public record NifFolder(NeuralImageField field, Description description) {
  /**
   * {@code config.json}.
   *
   * @param nif the sizes
   * @param statistics of the latents over the training set
   * @param provenance where it comes from
   */
  public record Description(NifConfig nif, LatentStatistics statistics, Provenance provenance) {}

  /** Writes a folder beside its place and renames it there. */
  public static void write(Path folder, Description description, Map<String, NDArray> values) {
    AtomicFolder.write(folder, place -> ModelFolder.fill(place, description, values));
  }

  /**
   * Loads a folder for inference or as a frozen part of a training.
   *
   * @throws IllegalArgumentException where config.json and weights contradict each other
   * @throws io.rapd.core.checkpoint.CheckpointException where a file is missing or damaged
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
