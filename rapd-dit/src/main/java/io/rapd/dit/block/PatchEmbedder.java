package io.rapd.dit.block;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.nn.Initializer;
import io.rapd.core.nn.Module;
import io.rapd.core.nn.Parameter;
import io.rapd.core.torch.Kernel;
import io.rapd.core.torch.Precision;
import java.util.Map;

/**
 * Patches of a latent to tokens, through a bottleneck ({@code BottleneckEmbed}). A patch's values
 * are ordered (channel, row, column); tokens run row-major over the grid.
 */
public final class PatchEmbedder extends Module {
  private static final String SOURCE =
      """
      def forward(self, z: Tensor, positions: Tensor, proj1: Tensor, proj2: Tensor, bias: Tensor) -> Tensor:
        batch = torch.size(z, 0)
        rows = torch.floordiv(torch.size(z, 2), $patch)
        columns = torch.floordiv(torch.size(z, 3), $patch)
        cut = torch.reshape(torch.to(z, $dtype), [batch, $channels, rows, $patch, columns, $patch])
        patches = torch.reshape(torch.permute(cut, [0, 2, 4, 1, 3, 5]), [batch, -1, $values])
        narrow = torch.linear(patches, torch.to(proj1, $dtype))
        tokens = torch.linear(narrow, torch.to(proj2, $dtype), torch.to(bias, $dtype))
        return tokens + torch.to(positions, $dtype)
      """;

  private final Parameter proj1;
  private final Parameter proj2;
  private final Parameter bias;
  private final Kernel kernel;

  /** Declares an embedder of {@code patch x patch x channels} values to {@code width}. */
  public PatchEmbedder(int channels, int patch, int bottleneck, int width, Precision precision) {
    int values = channels * patch * patch;
    proj1 = parameter("proj1.weight", new Shape(bottleneck, values), Initializer.xavierUniform());
    proj2 = parameter("proj2.weight", new Shape(width, bottleneck), Initializer.xavierUniform());
    bias = parameter("proj2.bias", new Shape(width), Initializer.zeros());
    kernel =
        Kernel.of(
            "PatchEmbedder",
            SOURCE,
            Map.of("channels", channels, "patch", patch, "values", values, "dtype", precision));
  }

  /**
   * Tokens with their positions added.
   *
   * @param latent (B, C, H, W)
   * @param positions (1, N, D), added by flat token index
   * @return (B, N, D)
   */
  public NDArray forward(NDArray latent, NDArray positions) {
    return kernel.call(latent, positions, proj1.value(), proj2.value(), bias.value());
  }
}
