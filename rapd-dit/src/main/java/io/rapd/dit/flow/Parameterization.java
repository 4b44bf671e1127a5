package io.rapd.dit.flow;

import static io.rapd.core.config.Check.check;

import ai.djl.ndarray.NDArray;
import io.rapd.core.torch.Kernel;
import java.util.Map;

/** The meaning of the network's output, and its conversion to a velocity. */
public sealed interface Parameterization {
  /** The output is the velocity itself (the paper's choice). */
  record Velocity() implements Parameterization {
    @Override
    public NDArray velocity(NDArray output, NDArray latent, NDArray times) {
      return output;
    }
  }

  /**
   * The output is the clean latent x^ (PixelGen's choice): v = (x^ - z_t) / max(1-t, floor).
   *
   * @param floor lower bound of the remaining time 1-t, in (0, 1]
   */
  record Data(double floor) implements Parameterization {
    private static final String SOURCE =
        """
        def forward(self, output: Tensor, latent: Tensor, times: Tensor) -> Tensor:
          remaining = torch.clamp_min(torch.rsub(torch.reshape(times, [-1, 1, 1, 1]), 1), $floor)
          return (output - latent) / remaining
        """;

    public Data {
      check(floor > 0 && floor <= 1, "parameterization floor must lie in (0, 1], got %s", floor);
    }

    @Override
    public NDArray velocity(NDArray output, NDArray latent, NDArray times) {
      return Kernel.of("VelocityOfData", SOURCE, Map.of("floor", floor))
          .call(output, latent, times);
    }
  }

  /**
   * Converts the network's output to a velocity.
   *
   * @param output of the network at {@code (latent, times)} (B, C, H, W)
   * @param latent z_t, same shape
   * @param times t (B), float32
   * @return (B, C, H, W) on the output's manager
   */
  NDArray velocity(NDArray output, NDArray latent, NDArray times);

  /**
   * The choice with this label: {@code velocity}, or {@code data} with PixelGen's floor of 0.05.
   *
   * @throws IllegalArgumentException if there is none
   */
  static Parameterization ofLabel(String label) {
    return switch (label) {
      case "velocity" -> new Velocity();
      case "data" -> new Data(0.05);
      default ->
          throw new IllegalArgumentException(
              "parameterization must be velocity or data, got \"" + label + "\"");
    };
  }
}
