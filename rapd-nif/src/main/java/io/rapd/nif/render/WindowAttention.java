package io.rapd.nif.render;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.nn.Initializer;
import io.rapd.core.nn.Module;
import io.rapd.core.nn.Parameter;
import io.rapd.core.torch.Constant;
import io.rapd.core.torch.Kernel;
import io.rapd.core.torch.Precision;
import java.util.Map;

/**
 * Self-attention within windows of a grid of tokens, with a bias for the relative position of query
 * and key. Parameters and results are those of Swin's {@code WindowAttention} inside a shifted
 * block, but windows are cut where the grid ends instead of rolled, padded and masked.
 */
final class WindowAttention extends Module {
  /** The parts that {@link CqarBlock} computes in its own kernel. */
  static final String WINDOWS =
      """
      def bias(self, table: Tensor, index: Tensor) -> Tensor:
        bias = torch.permute(torch.to(torch.index_select(table, 0, index), $dtype), [1, 0])
        return torch.reshape(bias, [$heads, $window, $window, $window, $window])
      def windows(self, qkv: Tensor, side: int, cut: int, bias: Tensor) -> Tensor:
        wide = torch.size(qkv, 2)
        full = (wide - cut) // $window * $window
        if full == wide:
          mixed = (self).attention(qkv, side, $window, bias)
        else:
          first, middle, last, = torch.split_with_sizes(qkv, [cut, full, wide - cut - full], 2)
          parts = annotate(List[Tensor], [])
          if cut > 0:
            parts = torch.append(parts, (self).attention(first, side, cut, bias))
          if full > 0:
            parts = torch.append(parts, (self).attention(middle, side, $window, bias))
          if wide > cut + full:
            parts = torch.append(parts, (self).attention(last, side, wide - cut - full, bias))
          mixed = torch.cat(parts, 2)
        return mixed
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
        scores = torch.add_(torch.matmul(torch.mul(q, $scale), torch.transpose(k, -2, -1)), b)
        y = torch.matmul(torch.softmax(scores, -1), v)
        y = torch.reshape(y, [batch, rows, columns, $heads, tall, wide, $channels])
        return torch.reshape(torch.permute(y, [0, 1, 4, 2, 5, 3, 6]), [batch, rows * tall, columns * wide, $width])
      """;

  private static final String SOURCE =
      """
      def forward(self, x: Tensor, origin: Tensor, index: Tensor, table: Tensor, qkvw: Tensor, qkvb: Tensor, pw: Tensor, pb: Tensor) -> Tensor:
        height = torch.size(x, 1)
        cut = min(int(torch.select(origin, 0, 1)), torch.size(x, 2))
        bias = (self).bias(table, index)
        qkv = torch.linear(torch.to(x, $dtype), torch.to(qkvw, $dtype), torch.to(qkvb, $dtype))
        tall = min(int(torch.select(origin, 0, 0)), height)
        full = (height - tall) // $window * $window
        first, middle, last, = torch.split_with_sizes(qkv, [tall, full, height - tall - full], 1)
        strips = annotate(List[Tensor], [])
        if tall > 0:
          strips = torch.append(strips, (self).windows(first, tall, cut, bias))
        if full > 0:
          strips = torch.append(strips, (self).windows(middle, $window, cut, bias))
        if height > tall + full:
          strips = torch.append(strips, (self).windows(last, height - tall - full, cut, bias))
        return torch.linear(torch.cat(strips, 1), torch.to(pw, $dtype), torch.to(pb, $dtype))
      """
          + WINDOWS;

  private final int window;
  private final Kernel kernel;

  WindowAttention(int width, int heads, int window, Precision precision) {
    this.window = window;
    long offsets = (2L * window - 1) * (2L * window - 1);
    Initializer weight = Initializer.truncatedNormal(0.02);
    parameter("relative_position_bias_table", new Shape(offsets, heads), weight);
    parameter("qkv.weight", new Shape(3L * width, width), weight);
    parameter("qkv.bias", new Shape(3L * width), Initializer.zeros());
    parameter("proj.weight", new Shape(width, width), weight);
    parameter("proj.bias", new Shape(width), Initializer.zeros());
    kernel = Kernel.of("WindowAttention", SOURCE, constants(width, heads, window, precision));
  }

  /** The numbers baked into {@link #WINDOWS}. */
  static Map<String, Object> constants(int width, int heads, int window, Precision precision) {
    int channels = width / heads;
    return Map.of(
        "width", width,
        "heads", heads,
        "window", window,
        "channels", channels,
        "scale", Math.pow(channels, -0.5),
        "dtype", precision);
  }

  /**
   * Attention on a whole grid.
   *
   * @param tokens (B, H, W, D)
   * @param shift where the first inner window border lies
   * @return the same shape, in the precision's type
   */
  NDArray forward(NDArray tokens, int shift) {
    try (NDManager host = tokens.getManager().newSubManager(Device.cpu());
        NDArray index = Constant.of(tokens.getManager(), relativePositions(window))) {
      NDArray[] inputs = new NDArray[8];
      inputs[0] = tokens;
      inputs[1] = origin(host, window, shift, shift);
      inputs[2] = index;
      int at = 3;
      for (Parameter parameter : parameters().values()) {
        inputs[at++] = parameter.value();
      }
      return kernel.call(inputs);
    }
  }

  /**
   * The rows and columns before the first window border, as a tensor since kernels take nothing
   * else; on the CPU, where reading it costs no synchronisation.
   */
  static NDArray origin(NDManager host, int window, int row, int column) {
    return host.create(new long[] {Math.floorMod(row, window), Math.floorMod(column, window)});
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
