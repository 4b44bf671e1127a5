package io.rapd.dit.block;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.nn.Initializer;
import io.rapd.core.nn.ModuleKernel;
import io.rapd.core.torch.Precision;

/**
 * Self-attention and a gated feed-forward network on text tokens, modulated by the time ({@code
 * TextRefineBlock}). No rotation, no mask; q and k are normalised per head.
 */
public final class TextBlock extends TransformerBlock {
  private static final String SOURCE =
      """
      def forward(y, c):
        shift1, scale1, gate1, shift2, scale2, gate2 = modulation(c)
        y1 = torch.addcmul(y, gate1, attention(modulate(y, $norm1, shift1, scale1)))
        return torch.addcmul(y1, gate2, swiglu(modulate(y1, $norm2, shift2, scale2)))
      def attention(u):
        qkv = torch.linear(u, $attn.qkv)
        split = torch.reshape(qkv, [torch.size(u, 0), torch.size(u, 1), 3, $heads, $head])
        q, k, v = torch.unbind(split, 2)
        q = torch.to(normalized(q) * $stored.attn.q_norm, $dtype)
        k = torch.to(normalized(k) * $stored.attn.k_norm, $dtype)
        return attend(q, k, v)
      """;

  private final ModuleKernel kernel;

  public TextBlock(int width, int heads, int mlpRatio, Precision precision) {
    super(width, heads, mlpRatio);
    parameter("attn.qkv.weight", new Shape(3L * width, width), Initializer.xavierUniform());
    kernel = kernel("TextBlock", SOURCE, width, heads, precision);
  }

  /**
   * Applies the block to the text tokens.
   *
   * @param text (B, L, D) in the block's precision
   * @param condition (B, D)
   * @return (B, L, D) in the block's precision
   */
  public NDArray forward(NDArray text, NDArray condition) {
    return kernel.call(text, condition);
  }
}
