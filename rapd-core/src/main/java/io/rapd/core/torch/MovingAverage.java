package io.rapd.core.torch;

import ai.djl.ndarray.NDArray;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/** Exponential moving averages of parameters: e = decay e + (1 - decay) p. */
public final class MovingAverage {
  private static final String SOURCE =
      """
      def forward(averages: List[Tensor], params: List[Tensor]):
        _0 = torch._foreach_lerp_(averages, params, $weight)
        return torch.zeros([0])
      """;

  private MovingAverage() {}

  /** Updates the averages in place. */
  public static void update(
      Collection<NDArray> averages, Collection<NDArray> parameters, double decay) {
    try (GradMode off = GradMode.disabled()) {
      Kernel.of("MovingAverage", SOURCE, Map.of("weight", 1 - decay))
          .callLists(List.of(averages, parameters))
          .close();
    }
  }
}
