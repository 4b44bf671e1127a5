package io.rapd.dit.flow;

import static io.rapd.core.config.Check.check;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.torch.Kernel;

/**
 * The straight path between noise and data: z_t = t z~ + (1-t) e with velocity v = z~ - e.
 *
 * @param data normalised latents z~ (B, C, H, W), float32
 * @param noise e ~ N(0, I), same shape
 */
public record FlowPath(NDArray data, NDArray noise) {
  private static final Kernel POINT =
      Kernel.of(
          "FlowPoint",
          """
          def forward(self, data: Tensor, noise: Tensor, times: Tensor) -> Tensor:
            t = torch.reshape(times, [-1, 1, 1, 1])
            return t * data + torch.rsub(t, 1) * noise
          """);

  public FlowPath {
    check(
        data.getShape().dimension() == 4 && data.getShape().equals(noise.getShape()),
        "data and noise must both be (B, C, H, W), got %s and %s",
        data.getShape(),
        noise.getShape());
  }

  /**
   * z_t, on the data's manager.
   *
   * @param times t of each sample, (B), float32
   */
  public NDArray at(NDArray times) {
    Shape expected = new Shape(data.getShape().get(0));
    check(
        times.getShape().equals(expected), "times must be %s, got %s", expected, times.getShape());
    return POINT.call(data, noise, times);
  }

  /** v = z~ - e, constant over time, on the data's manager. */
  public NDArray velocity() {
    return data.sub(noise);
  }
}
