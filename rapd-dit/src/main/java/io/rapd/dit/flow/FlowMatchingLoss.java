package io.rapd.dit.flow;

import static io.rapd.core.config.Check.check;

import ai.djl.ndarray.NDArray;
import io.rapd.core.torch.Kernel;

/**
 * L_FM = mean (v_theta(z_t, t, y) - (z~ - e))²: always on the velocity, whatever the network
 * predicts.
 *
 * @param parameterization meaning of the network's output
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
    check(
        output.getShape().equals(path.data().getShape()),
        "network output must be %s, got %s",
        path.data().getShape(),
        output.getShape());
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
