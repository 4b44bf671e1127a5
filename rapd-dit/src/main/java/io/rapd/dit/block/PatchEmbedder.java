package io.rapd.dit.block;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.nn.Initializer;
import io.rapd.core.nn.Module;
import io.rapd.core.nn.ModuleKernel;
import io.rapd.core.torch.Precision;
import java.util.Map;

/**
 * Maps the patches of a latent to tokens through a bottleneck ({@code BottleneckEmbed}). The values
 * of a patch are ordered (channel, row, column); tokens are row-major over the grid.
 */
public final class PatchEmbedder extends Module {
  private static final String SOURCE =
      """
      def forward(z, positions):
        batch = torch.size(z, 0)
        rows = torch.floordiv(torch.size(z, 2), $patch)
        columns = torch.floordiv(torch.size(z, 3), $patch)
        cut = torch.reshape(torch.to(z, $dtype), [batch, $channels, rows, $patch, columns, $patch])
        patches = torch.reshape(torch.permute(cut, [0, 2, 4, 1, 3, 5]), [batch, rows * columns, -1])
        narrow = torch.linear(patches, $proj1)
        return torch.linear(narrow, $proj2) + torch.to(positions, $dtype)
      """;

  private final ModuleKernel kernel;

  /** Declares an embedder of patches of {@code channels * patch * patch} values. */
  public PatchEmbedder(int channels, int patch, int bottleneck, int width, Precision precision) {
    Initializer xavier = Initializer.xavierUniform();
    parameter("proj1.weight", new Shape(bottleneck, (long) channels * patch * patch), xavier);
    linear("proj2", bottleneck, width, xavier);
    Map<String, ?> sizes = Map.of("channels", channels, "patch", patch, "dtype", precision);
    kernel = kernel("PatchEmbedder", SOURCE, sizes);
  }

  /**
   * The tokens, with positions added.
   *
   * @param latent (B, C, H, W)
   * @param positions (1, N, D), added by token index
   * @return (B, N, D)
   */
  public NDArray forward(NDArray latent, NDArray positions) {
    return kernel.call(latent, positions);
  }
}
