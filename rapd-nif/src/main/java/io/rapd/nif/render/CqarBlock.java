package io.rapd.nif.render;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.rapd.core.grid.Region;
import io.rapd.core.nn.Initializer;
import io.rapd.core.nn.Module;
import io.rapd.core.nn.ModuleKernel;
import io.rapd.core.torch.Precision;
import java.util.HashMap;
import java.util.Map;

/**
 * One pre-norm block of the renderer:
 *
 * <pre>
 * h = h + WindowAttention(LayerNorm(h))
 * h = h + W3(SiLU(W1 u) * W2 u),  u = LayerNorm(h)
 * </pre>
 *
 * <p>Window borders lie at multiples of the window size, shifted by half a window in every second
 * block, and at the edges of the image. The kernel processes strips of whole windows that fit the
 * CPU's caches. Windows are cut at the edges instead of padded and masked, so each token is
 * computed once and no result depends on padding. Strips are split off rather than sliced, since
 * the gradient of a slice is as large as the tensor it was taken from. Parameter names and relative
 * position bias are Swin's.
 */
final class CqarBlock extends Module {
  private static final String BLOCK =
      """
      def block(x, side: int, cut: int, bias):
        qkv = torch.linear(torch.layer_norm(x, [$width], $norm1, 1.0e-05), $attn.qkv)
        h = x + torch.linear(windows(qkv, side, cut, bias), $attn.proj)
        u = torch.layer_norm(h, [$width], $norm2, 1.0e-05)
        w1, w2 = torch.chunk($mlp.w12.weight, 2)
        b1, b2 = torch.chunk($mlp.w12.bias, 2)
        gated = torch.silu(torch.linear(u, w1, b1)) * torch.linear(u, w2, b2)
        return h + torch.linear(gated, $mlp.w3)
      """
          + WindowAttention.WINDOWS;

  /** Applies the block to strips of about {@code $chunk} tokens and joins the results. */
  private static final String STRIPS =
      """
      def forward(x, origin, index):
        first_row = min(int(torch.select(origin, 0, 0)), torch.size(x, 1))
        first_column = min(int(torch.select(origin, 0, 1)), torch.size(x, 2))
        bias = position_bias(index, $stored.attn.relative_position_bias_table)
        width = torch.size(x, 2)
        strip = $window * $chunk // (torch.size(x, 0) * $window * $window)
        whole = (width + $window - 1) // $window * $window
        columns = max($window, min(whole, strip // $window * $window))
        rows = max($window, strip * $window // columns // $window * $window)
        widths = column_strips(width, first_column, columns)
        strips = annotate(List[Tensor], [])
        heights = row_strips(torch.size(x, 1), first_row, rows)
        for row_strip in torch.split_with_sizes(x, heights, 1):
          side = min($window, torch.size(row_strip, 1))
          parts = annotate(List[Tensor], [])
          cut = first_column
          for part in torch.split_with_sizes(row_strip, widths, 2):
            parts = torch.append(parts, block(part, side, cut, bias))
            cut = 0
          strips = torch.append(strips, joined(parts, 2))
        return joined(strips, 1)
      def row_strips(height: int, first: int, rows: int) -> List[int]:
        heights = annotate(List[int], [])
        top = 0
        while top < height:
          if top == 0 and first > 0:
            tall = first
          elif height - top < $window:
            tall = height - top
          else:
            tall = min(rows, (height - top) // $window * $window)
          heights = torch.append(heights, tall)
          top = top + tall
        return heights
      def column_strips(width: int, first: int, columns: int) -> List[int]:
        widths = annotate(List[int], [])
        left = 0
        while left < width:
          wide = columns
          if left == 0:
            wide = first + columns
          wide = min(wide, width - left)
          widths = torch.append(widths, wide)
          left = left + wide
        return widths
      def joined(parts: List[Tensor], dim: int):
        if len(parts) == 1:
          whole = parts[0]
        else:
          whole = torch.cat(parts, dim)
        return whole
      """;

  /** Tokens per strip on a CPU, so that the activations of a strip stay in the caches. */
  private static final int CPU_CHUNK = 4096;

  private static final int GPU_CHUNK = 1 << 20;

  private final int window;
  private final int shift;
  private final ModuleKernel cpuKernel;
  private final ModuleKernel gpuKernel;

  CqarBlock(CqarConfig config, boolean shifted, Precision precision) {
    window = config.window();
    shift = shifted ? window / 2 : 0;
    int width = config.width();
    int hidden = config.expansion() * width;
    norm("norm1", width);
    child("attn", new WindowAttention(width, config.heads(), window, precision));
    norm("norm2", width);
    linear("mlp.w12", width, 2L * hidden, Initializer.truncatedNormal(0.02));
    linear("mlp.w3", hidden, width, Initializer.truncatedNormal(0.02));
    cpuKernel = chunked(config, CPU_CHUNK, precision);
    gpuKernel = chunked(config, GPU_CHUNK, precision);
  }

  private ModuleKernel chunked(CqarConfig config, int chunk, Precision precision) {
    Map<String, Object> constants =
        new HashMap<>(
            WindowAttention.constants(config.width(), config.heads(), config.window(), precision));
    constants.put("chunk", chunk);
    return kernel("CqarBlock", BLOCK + STRIPS, constants);
  }

  /** Position of the first inner window border. */
  int shift() {
    return shift;
  }

  /**
   * Applies the block to a region whose borders are window borders of this block or image edges.
   *
   * @param tokens (B, region height, region width, D) in the block's precision
   * @param region position of the tokens in the image
   * @param index {@link WindowAttention#relativePositions}
   * @return the same shape and type
   */
  NDArray forward(NDArray tokens, Region region, NDArray index) {
    try (NDManager host = tokens.getManager().newSubManager(Device.cpu())) {
      NDArray origin =
          WindowAttention.origin(host, window, shift - region.top(), shift - region.left());
      return (tokens.getDevice().isGpu() ? gpuKernel : cpuKernel).call(tokens, origin, index);
    }
  }
}
