package io.rapd.nif.render;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.grid.Region;
import io.rapd.core.nn.Initializer;
import io.rapd.core.nn.Module;
import io.rapd.core.nn.Parameter;
import io.rapd.core.torch.Kernel;
import io.rapd.core.torch.Precision;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * One block of the renderer (equations 14 to 16), pre-norm:
 *
 * <pre>
 * h = h + WindowAttention(LayerNorm(h))
 * h = h + W3(SiLU(W1 u) * W2 u),  u = LayerNorm(h)
 * </pre>
 *
 * <p>Window borders lie at multiples of the window, in shifted blocks half a window later, and at
 * the image's edges. The kernel walks over strips of whole windows that fit the processor's caches
 * and cuts windows at the edges instead of padding and masking them, so it computes each token once
 * and no result depends on padding. Strips are split off, not sliced: the gradient of a slice is as
 * large as the whole that it was taken from. Parameter names and the relative position bias are
 * Swin's.
 */
final class CqarBlock extends Module {
  private static final String SOURCE =
      """
      def forward(self, x: Tensor, origin: Tensor, index: Tensor, n1w: Tensor, n1b: Tensor, table: Tensor, qkvw: Tensor, qkvb: Tensor, pw: Tensor, pb: Tensor, n2w: Tensor, n2b: Tensor, w12: Tensor, b12: Tensor, w3: Tensor, b3: Tensor) -> Tensor:
        first_row = int(torch.select(origin, 0, 0))
        first_column = int(torch.select(origin, 0, 1))
        batch = torch.size(x, 0)
        height = torch.size(x, 1)
        width = torch.size(x, 2)
        bias = (self).bias(table, index)
        weights = [torch.to(qkvw, $dtype), torch.to(qkvb, $dtype), torch.to(pw, $dtype), torch.to(pb, $dtype), torch.to(w12, $dtype), torch.to(b12, $dtype), torch.to(w3, $dtype), torch.to(b3, $dtype), torch.to(n1w, $dtype), torch.to(n1b, $dtype), torch.to(n2w, $dtype), torch.to(n2b, $dtype)]
        strip = $window * $chunk // (batch * $window * $window)
        columns = max($window, min((width + $window - 1) // $window * $window, strip // $window * $window))
        rows = max($window, strip * $window // columns // $window * $window)
        heights = annotate(List[int], [])
        top = 0
        while top < height:
          if top == 0 and first_row > 0:
            tall = min(first_row, height)
          else:
            if height - top < $window:
              tall = height - top
            else:
              tall = min(rows, (height - top) // $window * $window)
          heights = torch.append(heights, tall)
          top = top + tall
        widths = annotate(List[int], [])
        left = 0
        while left < width:
          wide = columns
          if left == 0:
            wide = min(first_column, width) + columns
          wide = min(wide, width - left)
          widths = torch.append(widths, wide)
          left = left + wide
        strips = annotate(List[Tensor], [])
        for strip_rows in torch.split_with_sizes(x, heights, 1):
          side = min($window, torch.size(strip_rows, 1))
          parts = annotate(List[Tensor], [])
          for part in torch.split_with_sizes(strip_rows, widths, 2):
            cut = 0
            if len(parts) == 0:
              cut = min(first_column, width)
            parts = torch.append(parts, (self).block(part, side, cut, bias, weights))
          strips = torch.append(strips, (self).joined(parts, 2))
        return (self).joined(strips, 1)
      def joined(self, parts: List[Tensor], dim: int) -> Tensor:
        if len(parts) == 1:
          whole = parts[0]
        else:
          whole = torch.cat(parts, dim)
        return whole
      def block(self, x: Tensor, side: int, cut: int, bias: Tensor, w: List[Tensor]) -> Tensor:
        qkv = torch.linear(torch.layer_norm(x, [$width], w[8], w[9], 1.0e-05), w[0], w[1])
        mixed = (self).windows(qkv, side, cut, bias)
        h = torch.add(x, torch.linear(mixed, w[2], w[3]))
        u = torch.layer_norm(h, [$width], w[10], w[11], 1.0e-05)
        w1, w2, = torch.chunk(w[4], 2)
        b1, b2, = torch.chunk(w[5], 2)
        gated = torch.mul(torch.silu(torch.linear(u, w1, b1)), torch.linear(u, w2, b2))
        return torch.add(h, torch.linear(gated, w[6], w[7]))
      """
          + WindowAttention.WINDOWS;

  /** Tokens a strip on a CPU: a strip's activations then stay in the caches. */
  private static final int CPU_CHUNK = 4096;

  private static final int GPU_CHUNK = 1 << 20;

  private final int window;
  private final int shift;
  private final List<Parameter> weights = new ArrayList<>();
  private final Kernel cpuKernel;
  private final Kernel gpuKernel;

  CqarBlock(CqarConfig config, boolean shifted, Precision precision) {
    window = config.window();
    shift = shifted ? window / 2 : 0;
    int width = config.width();
    int hidden = config.expansion() * width;
    norm("norm1", width);
    WindowAttention attention =
        child("attn", new WindowAttention(width, config.heads(), window, precision));
    weights.addAll(attention.parameters().values());
    norm("norm2", width);
    linear("mlp.w12", width, 2 * hidden);
    linear("mlp.w3", hidden, width);
    cpuKernel = kernel(config, CPU_CHUNK, precision);
    gpuKernel = kernel(config, GPU_CHUNK, precision);
  }

  private static Kernel kernel(CqarConfig config, int chunk, Precision precision) {
    Map<String, Object> constants =
        new HashMap<>(
            WindowAttention.constants(config.width(), config.heads(), config.window(), precision));
    constants.put("chunk", chunk);
    return Kernel.of("CqarBlock", SOURCE, constants);
  }

  private void norm(String name, int width) {
    declare(name + ".weight", new Shape(width), Initializer.ones());
    declare(name + ".bias", new Shape(width), Initializer.zeros());
  }

  private void linear(String name, int in, int out) {
    declare(name + ".weight", new Shape(out, in), Initializer.truncatedNormal(0.02));
    declare(name + ".bias", new Shape(out), Initializer.zeros());
  }

  private void declare(String name, Shape shape, Initializer initializer) {
    weights.add(parameter(name, shape, initializer));
  }

  /** Where this block's first inner window border lies; further ones every window. */
  int shift() {
    return shift;
  }

  /**
   * Mixes the tokens of a region whose borders are window borders of this block or image edges.
   *
   * @param tokens (B, region height, region width, D) in the precision's type
   * @param region where they lie in the image
   * @param index {@link WindowAttention#relativePositions}
   * @return the same shape and type
   */
  NDArray forward(NDArray tokens, Region region, NDArray index) {
    try (NDManager host = tokens.getManager().newSubManager(Device.cpu())) {
      List<NDArray> inputs = new ArrayList<>(weights.size() + 2);
      inputs.add(WindowAttention.origin(host, window, shift - region.top(), shift - region.left()));
      inputs.add(index);
      weights.forEach(weight -> inputs.add(weight.value()));
      return (tokens.getDevice().isGpu() ? gpuKernel : cpuKernel).call(tokens, inputs);
    }
  }
}
