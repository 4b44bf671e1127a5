package io.rapd.infer;

import static io.rapd.core.config.Check.check;

import io.rapd.core.checkpoint.Provenance;
import io.rapd.core.checkpoint.TrainedModel;
import io.rapd.dit.DenoiserConfig;
import io.rapd.dit.DenoiserFolder;
import io.rapd.dit.PixelGenCheckpoint;
import io.rapd.dit.flow.FlowConfig;
import io.rapd.dit.flow.Guidance;
import io.rapd.dit.flow.NoiseSource;
import io.rapd.dit.flow.SamplingConfig;
import io.rapd.dit.flow.SolverType;
import io.rapd.dit.text.Qwen3TextEncoder;
import io.rapd.dit.text.TextEncoderConfig;
import io.rapd.nif.NifFolder;
import java.nio.file.Path;

/**
 * Turns PixelGen's published text-to-image checkpoint into a model folder of this library: averaged
 * weights, x-prediction, and the sampling of PixelGen's {@code sft_res512.yaml}. The field is pixel
 * space.
 */
public final class PixelGenImport {
  private static final FlowConfig FLOW = new FlowConfig(3, -0.8, 0.8, "data", 0.1);
  private static final SamplingConfig SAMPLING =
      new SamplingConfig(25, Guidance.of(4), SolverType.ADAMS2, NoiseSource.TORCH_RANDN);

  private PixelGenImport() {}

  /**
   * Writes the model. Weights keep the types in which they are stored and are copied one at a time.
   *
   * @param checkpoint a checkpoint of PyTorch Lightning such as {@code PixelGen_XXL_T2I.ckpt}
   * @param text the folder of the Qwen3 text encoder, Qwen/Qwen3-1.7B for the published checkpoint
   * @param out the model folder to write; an older model there is replaced as a whole
   * @throws IllegalArgumentException naming the file and what does not fit; nothing is written then
   */
  public static void run(Path checkpoint, Path text, Path out) {
    try (PixelGenCheckpoint weights = PixelGenCheckpoint.open(checkpoint)) {
      DenoiserConfig denoiser = weights.config();
      Qwen3TextEncoder.Identity encoder = Qwen3TextEncoder.identify(text, denoiser.textTokens());
      check(
          encoder.width() == denoiser.textWidth(),
          "%s: has states of width %d, but %s expects a text encoder of width %d",
          text,
          encoder.width(),
          checkpoint,
          denoiser.textWidth());
      DenoiserFolder.Description description =
          new DenoiserFolder.Description(
              denoiser,
              new TextEncoderConfig.Qwen3(text.toString(), denoiser.textTokens()),
              encoder.provenance(),
              FLOW,
              SAMPLING,
              Provenance.of("imported from " + checkpoint.getFileName(), 0, 0));
      NifFolder pixels = NifFolder.pixels();
      TrainedModel.write(
          out,
          new TrainedModel.Part(pixels.description(), pixels.field().values()),
          new TrainedModel.Part(description, weights.weights()));
    }
  }
}
