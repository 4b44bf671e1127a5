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
 * Text states to tokens: a linear layer and RMSNorm; learned positions are added after the norm.
 */
public final class TextEmbedder extends Module {
  private static final String SOURCE =
      """
      def forward(self, y: Tensor, positions: Tensor, weight: Tensor, bias: Tensor, norm: Tensor) -> Tensor:
        h = torch.linear(torch.to(y, $dtype), torch.to(weight, $dtype), torch.to(bias, $dtype))
        return torch.to((self).normalized(h) * norm + positions, $dtype)
      """
          + TransformerBlock.NORMALIZED;

  private final Parameter weight;
  private final Parameter bias;
  private final Parameter norm;
  private final Kernel kernel;

  /** Declares an embedder from {@code textWidth} to {@code width}. */
  public TextEmbedder(int textWidth, int width, Precision precision) {
    weight = parameter("proj.weight", new Shape(width, textWidth), Initializer.xavierUniform());
    bias = parameter("proj.bias", new Shape(width), Initializer.zeros());
    norm = parameter("norm.weight", new Shape(width), Initializer.ones());
    kernel =
        Kernel.of(
            "TextEmbedder",
            SOURCE,
            Map.of("dtype", precision, "epsilon", TransformerBlock.NORM_EPSILON));
  }

  /**
   * Tokens with their positions added.
   *
   * @param text (B, L, T)
   * @param positions (1, L, D)
   * @return (B, L, D)
   */
  public NDArray forward(NDArray text, NDArray positions) {
    return kernel.call(text, positions, weight.value(), bias.value(), norm.value());
  }
}
