package io.rapd.dit.block;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.nn.Initializer;
import io.rapd.core.nn.Module;
import io.rapd.core.nn.ModuleKernel;
import io.rapd.core.torch.Precision;
import java.util.Map;

/**
 * Maps text states to tokens by a linear layer and RMSNorm; learned positions are added afterwards.
 */
public final class TextEmbedder extends Module {
  private static final String SOURCE =
      """
      def forward(y, positions):
        h = torch.linear(torch.to(y, $dtype), $proj)
        return torch.to(normalized(h) * $stored.norm + positions, $dtype)
      """
          + TransformerBlock.NORMALIZED;

  private final ModuleKernel kernel;

  /** Declares an embedder from {@code textWidth} to {@code width}. */
  public TextEmbedder(int textWidth, int width, Precision precision) {
    linear("proj", textWidth, width, Initializer.xavierUniform());
    parameter("norm.weight", new Shape(width), Initializer.ones());
    kernel =
        kernel(
            "TextEmbedder",
            SOURCE,
            Map.of("dtype", precision, "epsilon", TransformerBlock.NORM_EPSILON));
  }

  /**
   * The tokens, with positions added.
   *
   * @param text (B, L, T)
   * @param positions (1, L, D)
   * @return (B, L, D)
   */
  public NDArray forward(NDArray text, NDArray positions) {
    return kernel.call(text, positions);
  }
}
