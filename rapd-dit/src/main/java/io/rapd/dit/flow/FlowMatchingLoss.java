package io.rapd.dit.flow;

import ai.djl.ndarray.NDArray;
import io.rapd.core.torch.Kernel;

/**
 * L_FM = mean (v_theta(z_t, t, y) - (z~ - e))², on the velocity whatever the network predicts.
 *
 * @param parameterization what the network's output means
 */
public record FlowMatchingLoss(Parameterization parameterization) {
  private static final Kernel MEAN_SQUARE =
      Kernel.of(
          "FlowMatchingLoss",
          """
          def forward(self, velocity: Tensor, data: Tensor, noise: Tensor) -> Tensor:
            return torch.mse_loss(velocity, data - noise)
          """);

  /**
   * The loss of a batch.
   *
   * @param output of the network at {@code (latent, times)} (B, C, H, W), float32
   * @param path data and noise of the batch
   * @param latent z_t = {@code path.at(times)}
   * @param times t (B), float32
   * @return a scalar on the output's manager
   */
  public NDArray of(NDArray output, FlowPath path, NDArray latent, NDArray times) {
    if (!output.getShape().equals(path.data().getShape())) {
      throw new IllegalArgumentException(
          "network output must be " + path.data().getShape() + ", got " + output.getShape());
    }
    NDArray velocity = parameterization.velocity(output, latent, times);
    try {
      return MEAN_SQUARE.call(velocity, path.data(), path.noise());
    } finally {
      if (velocity != output) {
        velocity.close();
      }
    }
  }
}
