package io.rapd.train.stage1;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.rapd.core.checkpoint.Provenance;
import io.rapd.core.torch.NativeRuntime;
import io.rapd.core.torch.Precision;
import io.rapd.nif.NeuralImageField;
import io.rapd.nif.NifFolder;
import io.rapd.train.data.UnusableSamples;
import io.rapd.train.loop.Ranks;
import io.rapd.train.loop.SavedWeights;
import java.nio.file.Path;
import java.util.Map;

/** Makes a model of a checkpoint of stage 1, as its run would write it at that step. */
public final class Stage1Export {
  private Stage1Export() {}

  /**
   * Measures the latent statistics and writes the model.
   *
   * @param config of the checkpoint
   * @param out the model's folder
   * @param unusable is told of images that cannot be read
   */
  public static void write(
      SavedWeights weights,
      Stage1Config config,
      Path out,
      Device device,
      UnusableSamples unusable) {
    try (NDManager manager = NativeRuntime.newManager(device)) {
      Map<String, NDArray> values = weights.read(Stage1Network.FIELD, manager);
      NeuralImageField field = new NeuralImageField(config.nif(), Precision.FLOAT32);
      field.bind(values);
      NifFolder.write(
          out,
          new NifFolder.Description(
              config.nif(),
              config.statistics(field, Ranks.alone(), manager, unusable),
              Provenance.of(config.data().location(), config.loop().seed(), weights.step()),
              config.crop().maxScale()),
          values);
    }
  }
}
