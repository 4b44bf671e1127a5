package io.rapd.infer.command;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.grid.PixelGrid;
import io.rapd.core.torch.GradMode;
import io.rapd.core.torch.Precision;
import io.rapd.dit.Denoiser;
import io.rapd.dit.DenoiserConfig;
import io.rapd.dit.flow.EulerSolver;
import io.rapd.dit.flow.Guidance;
import io.rapd.dit.flow.GuidedField;
import io.rapd.dit.flow.Parameterization;
import io.rapd.dit.flow.Solver.StepListener;
import io.rapd.dit.flow.TimeShift;
import io.rapd.nif.LatentStatistics;
import io.rapd.nif.NeuralImageField;
import io.rapd.nif.NifConfig;
import io.rapd.nif.encoder.EncoderConfig;
import io.rapd.nif.render.CqarConfig;

/** The way from noise to pixels through untrained networks, to see that every kernel works here. */
final class SmallModels {
  private static final int CHANNELS = 4;
  private static final int LATENT = 8;
  private static final DenoiserConfig DENOISER =
      new DenoiserConfig(CHANNELS, LATENT, 2, 16, 2, 2, 8, 2, 1, 8, 4);
  private static final NifConfig NIF =
      new NifConfig(new EncoderConfig(CHANNELS, 1, 1), new CqarConfig(16, 2, 8, 2, 2));

  private SmallModels() {}

  static void runOnce(Device device, Precision precision) {
    try (GradMode off = GradMode.disabled();
        NDManager manager = NDManager.newBaseManager(device, "PyTorch")) {
      Denoiser denoiser = DENOISER.build(precision);
      denoiser.initialize(manager, 0);
      denoiser.keepMatricesIn(precision);
      NeuralImageField field = new NeuralImageField(NIF, precision);
      field.initialize(manager, 0);
      field.renderer().keepMatricesIn(precision);

      NDArray image = manager.zeros(new Shape(1, 3, LATENT, LATENT));
      NDArray encoded = field.encode(image);
      NDArray text = manager.zeros(new Shape(1, DENOISER.textTokens(), DENOISER.textWidth()));
      double[] times = new TimeShift(2).timesteps(2); // the second step is guided
      GuidedField velocity =
          new GuidedField(
              denoiser::forward, Parameterization.ofLabel("data"), Guidance.of(2), text, text);
      NDArray normalized = new EulerSolver().solve(velocity, encoded, times, StepListener.NONE);
      NDArray latent = LatentStatistics.identity(CHANNELS).denormalize(normalized);
      PixelGrid grid = new PixelGrid(2 * LATENT + 3, LATENT);
      float sum = field.render(latent, grid, grid.whole()).sum().getFloat();
      if (!Float.isFinite(sum)) {
        throw new IllegalStateException(
            "the kernels compute %s on %s in %s".formatted(sum, device, precision.label()));
      }
    }
  }
}
