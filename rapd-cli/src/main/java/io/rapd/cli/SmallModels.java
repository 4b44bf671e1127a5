package io.rapd.cli;

import static io.rapd.core.text.Messages.message;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.grid.PixelGrid;
import io.rapd.core.torch.GradMode;
import io.rapd.core.torch.NativeRuntime;
import io.rapd.core.torch.Precision;
import io.rapd.dit.Denoiser;
import io.rapd.dit.DenoiserConfig;
import io.rapd.dit.flow.FlowConfig;
import io.rapd.dit.flow.Guidance;
import io.rapd.dit.flow.LatentSampler;
import io.rapd.dit.flow.SamplingConfig;
import io.rapd.dit.flow.Solver.StepListener;
import io.rapd.nif.LatentStatistics;
import io.rapd.nif.NeuralImageField;
import io.rapd.nif.NifConfig;
import io.rapd.nif.encoder.EdsrConfig;
import io.rapd.nif.render.CqarConfig;

/** Runs every kernel once, through small untrained networks. */
final class SmallModels {
  private static final int CHANNELS = 4;
  private static final int SIDE = 8;
  private static final DenoiserConfig DENOISER =
      new DenoiserConfig(CHANNELS, SIDE, 2, 16, 2, 2, 8, 2, 1, 8, 4);
  private static final NifConfig NIF =
      new NifConfig(new EdsrConfig(CHANNELS, 1, 1), new CqarConfig(16, 2, 8, 2, 2));
  private static final FlowConfig FLOW = new FlowConfig(2, 0, 1, "data", 0);
  private static final SamplingConfig SAMPLING = new SamplingConfig(2, Guidance.of(2));

  private SmallModels() {}

  /**
   * Encodes, samples and renders.
   *
   * @throws IllegalStateException if a result is not finite
   */
  static void run(Device device, Precision precision) {
    try (GradMode off = GradMode.disabled();
        NDManager manager = NativeRuntime.newManager(device)) {
      Denoiser denoiser = DENOISER.build(precision);
      denoiser.initialize(manager, 0);
      denoiser.keepMatricesIn(precision);
      NeuralImageField field = new NeuralImageField(NIF, precision);
      field.initialize(manager, 0);
      field.renderer().keepMatricesIn(precision);

      NDArray encoded = field.encode(manager.zeros(new Shape(1, 3, SIDE, SIDE)));
      NDArray text = manager.zeros(new Shape(1, DENOISER.textTokens(), DENOISER.textWidth()));
      NDArray sampled =
          new LatentSampler(denoiser::forward, DENOISER.latentShape(), FLOW, SAMPLING, 0)
              .sample(text, text, StepListener.NONE);
      NDArray latent = LatentStatistics.identity(CHANNELS).denormalize(encoded.add(sampled));
      PixelGrid grid = new PixelGrid(2 * SIDE + 3, SIDE);
      float sum = field.render(latent, grid, grid.whole()).sum().getFloat();
      if (!Float.isFinite(sum)) {
        throw new IllegalStateException(
            message("the kernels compute %s on %s in %s", sum, device, precision.label()));
      }
    }
  }
}
