package io.rapd.train.stage2;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import io.rapd.core.checkpoint.Provenance;
import io.rapd.core.checkpoint.TrainedModel;
import io.rapd.core.torch.NativeRuntime;
import io.rapd.core.torch.Precision;
import io.rapd.dit.DenoiserFolder;
import io.rapd.dit.text.TextEncoder;
import io.rapd.nif.NifFolder;
import io.rapd.train.loop.Input;
import io.rapd.train.loop.SavedWeights;
import java.nio.file.Path;

/** Makes a text-to-image model of a checkpoint of stage 2, as its run would at that step. */
public final class Stage2Export {
  private Stage2Export() {}

  /**
   * Writes the model. The denoiser is copied one tensor at a time.
   *
   * @param config of the checkpoint
   * @param out the model's folder
   * @throws io.rapd.core.checkpoint.CheckpointException where the field is not the one of the
   *     training
   */
  public static void write(SavedWeights weights, Stage2Config config, Path out) {
    try (NDManager manager = NativeRuntime.newManager(Device.cpu())) {
      NifFolder nif = config.openField(manager);
      weights.requireSame(Input.FIELD, Stage2.fieldInput(config, nif));
      DenoiserFolder.Description description =
          new DenoiserFolder.Description(
              config.denoiser(),
              config.text(),
              weights
                  .input(Input.TEXT_ENCODER)
                  .map(Input::identity)
                  .orElseGet(() -> textProvenance(config)),
              config.flow(),
              config.sampling(),
              Provenance.of(config.data().location(), config.loop().seed(), weights.step()));
      TrainedModel.write(
          out,
          new TrainedModel.Part(nif.description(), nif.field().values()),
          new TrainedModel.Part(description, weights.output(Stage2Network.DENOISER)));
    }
  }

  /** Checkpoints of earlier versions do not record it. */
  private static String textProvenance(Stage2Config config) {
    try (TextEncoder text = config.text().open(Precision.FLOAT32, Device.cpu())) {
      return text.provenance();
    }
  }
}
