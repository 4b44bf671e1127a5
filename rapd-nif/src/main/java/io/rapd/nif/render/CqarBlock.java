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
 * the picture's edges. The kernel walks over strips of whole windows that fit the processor's
 * caches and cuts windows at the edges instead of padding and masking them, so it computes each
 * token once and no result depends on padding. Parameter names and the relative position bias are
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
        bias = torch.permute(torch.to(torch.index_select(table, 0, index), $dtype), [1, 0])
        bias = torch.reshape(bias, [$heads, $window, $window, $window, $window])
        weights = [torch.to(qkvw, $dtype), torch.to(qkvb, $dtype), torch.to(pw, $dtype), torch.to(pb, $dtype), torch.to(w12, $dtype), torch.to(b12, $dtype), torch.to(w3, $dtype), torch.to(b3, $dtype), torch.to(n1w, $dtype), torch.to(n1b, $dtype), torch.to(n2w, $dtype), torch.to(n2b, $dtype)]
        strip = $window * $chunk // (batch * $window * $window)
        columns = max($window, min((width + $window - 1) // $window * $window, strip // $window * $window))
        rows = max($window, strip * $window // columns // $window * $window)
        strips = annotate(List[Tensor], [])
        top = 0
        while top < height:
          if top == 0 and first_row > 0:
            tall = min(first_row, height)
            side = tall
          else:
            if height - top < $window:
              tall = height - top
              side = tall
            else:
              tall = min(rows, (height - top) // $window * $window)
              side = $window
          strip_rows = torch.slice(x, 1, top, top + tall)
          parts = annotate(List[Tensor], [])
          left = 0
          while left < width:
            cut = 0
            if left == 0:
              cut = min(first_column, width)
            wide = min(cut + columns, width - left)
            part = torch.slice(strip_rows, 2, left, left + wide)
            parts = torch.append(parts, (self).block(part, side, cut, bias, weights))
            left = left + wide
          strips = torch.append(strips, torch.cat(parts, 2))
          top = top + tall
        return torch.cat(strips, 1)
      def block(self, x: Tensor, side: int, cut: int, bias: Tensor, w: List[Tensor]) -> Tensor:
        qkv = torch.linear(torch.layer_norm(x, [$width], w[8], w[9], 1.0e-05), w[0], w[1])
        wide = torch.size(x, 2)
        full = (wide - cut) // $window * $window
        parts = annotate(List[Tensor], [])
        if cut > 0:
          parts = torch.append(parts, (self).attention(torch.slice(qkv, 2, 0, cut), side, cut, bias))
        if full > 0:
          parts = torch.append(parts, (self).attention(torch.slice(qkv, 2, cut, cut + full), side, $window, bias))
        if wide > cut + full:
          parts = torch.append(parts, (self).attention(torch.slice(qkv, 2, cut + full, wide), side, wide - cut - full, bias))
        mixed = torch.cat(parts, 2)
        h = torch.add(x, torch.linear(mixed, w[2], w[3]))
        a, b, = torch.chunk(torch.linear(torch.layer_norm(h, [$width], w[10], w[11], 1.0e-05), w[4], w[5]), 2, -1)
        return torch.add(h, torch.linear(torch.mul(torch.silu(a), b), w[6], w[7]))
      def attention(self, qkv: Tensor, tall: int, wide: int, bias: Tensor) -> Tensor:
        batch = torch.size(qkv, 0)
        rows = torch.size(qkv, 1) // tall
        columns = torch.size(qkv, 2) // wide
        t = torch.reshape(qkv, [batch, rows, tall, columns, wide, 3, $heads, $channels])
        t = torch.reshape(torch.permute(t, [5, 0, 1, 3, 6, 2, 4, 7]), [3, batch * rows * columns, $heads, tall * wide, $channels])
        q, k, v, = torch.unbind(t, 0)
        b = torch.slice(torch.slice(bias, 1, 0, tall), 2, 0, wide)
        b = torch.slice(torch.slice(b, 3, 0, tall), 4, 0, wide)
        b = torch.reshape(b, [$heads, tall * wide, tall * wide])
        scores = torch.add(torch.matmul(torch.mul(q, $scale), torch.transpose(k, -2, -1)), b)
        y = torch.matmul(torch.softmax(scores, -1), v)
        y = torch.reshape(y, [batch, rows, columns, $heads, tall, wide, $channels])
        return torch.reshape(torch.permute(y, [0, 1, 4, 2, 5, 3, 6]), [batch, rows * tall, columns * wide, $width])
      """;

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
    Initializer weight = Initializer.truncatedNormal(0.02);
    norm("norm1", width);
    declare(
        "attn.relative_position_bias_table",
        new Shape((long) (2 * window - 1) * (2 * window - 1), config.heads()),
        weight);
    linear("attn.qkv", width, 3 * width);
    linear("attn.proj", width, width);
    norm("norm2", width);
    linear("mlp.w12", width, 2 * hidden);
    linear("mlp.w3", hidden, width);
    int channels = width / config.heads();
    cpuKernel = kernel(config, channels, CPU_CHUNK, precision);
    gpuKernel = kernel(config, channels, GPU_CHUNK, precision);
  }

  private static Kernel kernel(CqarConfig config, int channels, int chunk, Precision precision) {
    return Kernel.of(
        "CqarBlock",
        SOURCE,
        Map.of(
            "width", config.width(),
            "heads", config.heads(),
            "window", config.window(),
            "channels", channels,
            "scale", Math.pow(channels, -0.5),
            "chunk", chunk,
            "dtype", precision));
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
   * Mixes the tokens of a region whose borders are window borders of this block or picture edges.
   *
   * @param tokens (B, region height, region width, D) in the precision's type
   * @param region where they lie in the picture
   * @param index {@link #relativePositions}
   * @return the same shape and type
   */
  NDArray forward(NDArray tokens, Region region, NDArray index) {
    // Kernels take tensors only. This one stays on the CPU, where reading it costs nothing.
    try (NDManager host = tokens.getManager().newSubManager(Device.cpu())) {
      NDArray origin =
          host.create(
              new long[] {
                Math.floorMod(shift - region.top(), window),
                Math.floorMod(shift - region.left(), window)
              });
      List<NDArray> inputs = new ArrayList<>(weights.size() + 2);
      inputs.add(origin);
      inputs.add(index);
      weights.forEach(weight -> inputs.add(weight.value()));
      return (tokens.getDevice().isGpu() ? gpuKernel : cpuKernel).call(tokens, inputs);
    }
  }

  /**
   * Swin's relative position index (w^4): for query and key of a window, row-major, the table's row
   * (dy + w - 1)(2w - 1) + (dx + w - 1), d = query minus key.
   */
  static long[] relativePositions(int window) {
    int tokens = window * window;
    long[] index = new long[tokens * tokens];
    for (int query = 0; query < tokens; query++) {
      for (int key = 0; key < tokens; key++) {
        int dy = query / window - key / window;
        int dx = query % window - key % window;
        index[query * tokens + key] = (long) (dy + window - 1) * (2 * window - 1) + dx + window - 1;
      }
    }
    return index;
  }
}
