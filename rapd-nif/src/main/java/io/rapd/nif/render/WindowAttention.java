package io.rapd.nif.render;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.nn.Initializer;
import io.rapd.core.nn.Module;
import io.rapd.core.nn.ModuleKernel;
import io.rapd.core.torch.Constant;
import io.rapd.core.torch.Precision;
import java.util.Map;

/**
 * Self-attention within windows of a token grid, with a bias for the relative position of query and
 * key. Parameters and results are those of Swin's {@code WindowAttention} in a shifted block, but
 * windows are cut at the edges of the grid instead of rolled, padded and masked.
 */
final class WindowAttention extends Module {
  /** The methods that {@link CqarBlock} shares. */
  static final String WINDOWS =
      """
      def position_bias(index, table):
        bias = torch.permute(torch.to(torch.index_select(table, 0, index), $dtype), [1, 0])
        return torch.reshape(bias, [$heads, $window, $window, $window, $window])
      def windows(qkv, side: int, cut: int, bias):
        wide = torch.size(qkv, 2)
        full = (wide - cut) // $window * $window
        if full == wide:
          mixed = attention(qkv, side, $window, bias)
        else:
          first, middle, last = torch.split_with_sizes(qkv, [cut, full, wide - cut - full], 2)
          parts = annotate(List[Tensor], [])
          if cut > 0:
            parts = torch.append(parts, attention(first, side, cut, bias))
          if full > 0:
            parts = torch.append(parts, attention(middle, side, $window, bias))
          if wide > cut + full:
            parts = torch.append(parts, attention(last, side, wide - cut - full, bias))
          mixed = torch.cat(parts, 2)
        return mixed
      def attention(qkv, tall: int, wide: int, bias):
        batch = torch.size(qkv, 0)
        rows = torch.size(qkv, 1) // tall
        columns = torch.size(qkv, 2) // wide
        t = torch.reshape(qkv, [batch, rows, tall, columns, wide, 3, $heads, $channels])
        t = torch.permute(t, [5, 0, 1, 3, 6, 2, 4, 7])
        t = torch.reshape(t, [3, batch * rows * columns, $heads, tall * wide, $channels])
        q, k, v = torch.unbind(t, 0)
        b = torch.slice(torch.slice(bias, 1, 0, tall), 2, 0, wide)
        b = torch.slice(torch.slice(b, 3, 0, tall), 4, 0, wide)
        b = torch.reshape(b, [$heads, tall * wide, tall * wide])
        scores = torch.add_(torch.matmul(q * $scale, torch.transpose(k, -2, -1)), b)
        y = torch.matmul(torch.softmax(scores, -1), v)
        y = torch.reshape(y, [batch, rows, columns, $heads, tall, wide, $channels])
        y = torch.permute(y, [0, 1, 4, 2, 5, 3, 6])
        return torch.reshape(y, [batch, rows * tall, columns * wide, $width])
      """;

  private static final String SOURCE =
      """
      def forward(x, origin, index):
        height = torch.size(x, 1)
        cut = min(int(torch.select(origin, 0, 1)), torch.size(x, 2))
        bias = position_bias(index, $stored.relative_position_bias_table)
        qkv = torch.linear(torch.to(x, $dtype), $qkv)
        tall = min(int(torch.select(origin, 0, 0)), height)
        full = (height - tall) // $window * $window
        first, middle, last = torch.split_with_sizes(qkv, [tall, full, height - tall - full], 1)
        strips = annotate(List[Tensor], [])
        if tall > 0:
          strips = torch.append(strips, windows(first, tall, cut, bias))
        if full > 0:
          strips = torch.append(strips, windows(middle, $window, cut, bias))
        if height > tall + full:
          strips = torch.append(strips, windows(last, height - tall - full, cut, bias))
        return torch.linear(torch.cat(strips, 1), $proj)
      """
          + WINDOWS;

  private final int window;
  private final ModuleKernel kernel;

  WindowAttention(int width, int heads, int window, Precision precision) {
    this.window = window;
    long offsets = (2L * window - 1) * (2L * window - 1);
    Initializer weight = Initializer.truncatedNormal(0.02);
    parameter("relative_position_bias_table", new Shape(offsets, heads), weight);
    linear("qkv", width, 3L * width, weight);
    linear("proj", width, width, weight);
    kernel = kernel("WindowAttention", SOURCE, constants(width, heads, window, precision));
  }

  /** The constants of {@link #WINDOWS}. */
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
   * Attention over a whole grid.
   *
   * @param tokens (B, H, W, D)
   * @param shift position of the first inner window border
   * @return same shape, in this module's precision
   */
  NDArray forward(NDArray tokens, int shift) {
    try (NDManager host = tokens.getManager().newSubManager(Device.cpu());
        NDArray index = Constant.of(tokens.getManager(), relativePositions(window))) {
      return kernel.call(tokens, origin(host, window, shift, shift), index);
    }
  }

  /**
   * The numbers of rows and columns before the first window border. They are a tensor, since
   * kernels take nothing else, and on the CPU, where reading them needs no synchronisation.
   */
  static NDArray origin(NDManager host, int window, long row, long column) {
    return host.create(new long[] {Math.floorMod(row, window), Math.floorMod(column, window)});
  }

  /**
   * Swin's relative position index (w^4): for each query and key of a window, both row-major, the
   * row (dy + w - 1)(2w - 1) + (dx + w - 1) of the table, where (dy, dx) is query minus key.
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
