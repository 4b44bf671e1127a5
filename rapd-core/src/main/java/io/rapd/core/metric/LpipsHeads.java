package io.rapd.core.metric;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.nn.Initializer;
import io.rapd.core.nn.Module;
import io.rapd.core.nn.Parameter;
import io.rapd.core.torch.Kernel;
import java.util.ArrayList;
import java.util.List;

/** The linear heads of LPIPS, which weight the channels of each tap. Always float32. */
final class LpipsHeads extends Module {
  /**
   * The square root has no derivative at an all-zero channel vector; the lower bound makes the
   * gradient there zero (NaN in the published code) and changes no value.
   */
  private static final String TERM =
      """
      def forward(x, y, w):
        d = unit(x) - unit(y)
        weighted = torch.conv2d(torch.mul(d, d), w, None, [1, 1], [0, 0], [1, 1], 1)
        return torch.mean(weighted, [2, 3], True)
      def unit(f):
        g = torch.to(f, $float32)
        squares = torch.sum(torch.mul(g, g), [1], True)
        return torch.div(g, torch.sqrt(torch.clamp_min(squares, 1e-30)) + 1e-10)
      """;

  private static final Kernel KERNEL = Kernel.of("LpipsTerm", TERM);

  private final List<Parameter> weights = new ArrayList<>();

  /** Heads without values yet, for taps of the given widths. */
  LpipsHeads(List<Integer> widths) {
    for (int k = 0; k < widths.size(); k++) {
      weights.add(
          parameter(name(k), new Shape(1, widths.get(k), 1, 1), Initializer.constant(0.1f)));
    }
  }

  /** The published name of head {@code k}. */
  static String name(int k) {
    return "lin" + k + ".model.1.weight";
  }

  /**
   * One term of the distance.
   *
   * @param prediction features of tap {@code k}, (B, C, h, w)
   * @param target the same shape
   * @return (B, 1, 1, 1) float32 on the manager of {@code prediction}
   */
  NDArray term(int k, NDArray prediction, NDArray target) {
    return KERNEL.call(prediction, target, weights.get(k).value());
  }
}
