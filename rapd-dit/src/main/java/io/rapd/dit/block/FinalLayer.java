package io.rapd.dit.block;

import ai.djl.ndarray.NDArray;
import io.rapd.core.nn.Initializer;
import io.rapd.core.nn.Module;
import io.rapd.core.nn.ModuleKernel;
import io.rapd.core.torch.Precision;
import java.util.Map;

/**
 * Maps tokens to a latent: LayerNorm without weights (eps 1e-6), a linear layer that starts at
 * zero, and the inverse of {@link PatchEmbedder}'s split into patches.
 */
public final class FinalLayer extends Module {
  private static final String SOURCE =
      """
      def forward(x, z):
        u = torch.layer_norm(torch.to(x, $dtype), [$width], None, None, 1e-06)
        patches = torch.to(torch.linear(u, $linear), $float32)
        rows = torch.floordiv(torch.size(z, 2), $patch)
        columns = torch.floordiv(torch.size(z, 3), $patch)
        cut = torch.reshape(patches, [torch.size(x, 0), rows, columns, $channels, $patch, $patch])
        return torch.reshape(torch.permute(cut, [0, 3, 1, 4, 2, 5]), torch.size(z))
      """;

  private final ModuleKernel kernel;

  /** Declares a layer to {@code channels * patch * patch} values per token. */
  public FinalLayer(int width, int channels, int patch, Precision precision) {
    linear("linear", width, (long) channels * patch * patch, Initializer.zeros());
    kernel =
        kernel(
            "FinalLayer",
            SOURCE,
            Map.of("width", width, "channels", channels, "patch", patch, "dtype", precision));
  }

  /**
   * The prediction.
   *
   * @param tokens (B, N, D)
   * @param latent the input of the network (B, C, H, W); only its shape is used
   * @return (B, C, H, W), float32
   */
  public NDArray forward(NDArray tokens, NDArray latent) {
    return kernel.call(tokens, latent);
  }
}
