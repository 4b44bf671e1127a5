package io.rapd.dit.block;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.nn.Initializer;
import io.rapd.core.nn.Parameter;
import io.rapd.core.torch.Kernel;
import io.rapd.core.torch.Precision;

/**
 * Self-attention and gated feed-forward on text tokens, modulated by the time ({@code
 * TextRefineBlock}). No rotation and no mask; q and k are normalised per head.
 */
public final class TextBlock extends TransformerBlock {
  private static final String SOURCE =
      """
      def forward(self, y: Tensor, c: Tensor, ada_weight: Tensor, ada_bias: Tensor, norm1: Tensor, qkv: Tensor, q_norm: Tensor, k_norm: Tensor, proj_weight: Tensor, proj_bias: Tensor, norm2: Tensor, w12: Tensor, w3: Tensor) -> Tensor:
        shift1, scale1, gate1, shift2, scale2, gate2, = (self).modulation(c, ada_weight, ada_bias)
        u = (self).modulate(y, norm1, shift1, scale1)
        attended = (self).attention(u, qkv, q_norm, k_norm)
        y1 = torch.addcmul(y, gate1, (self).projected(attended, proj_weight, proj_bias))
        u1 = (self).modulate(y1, norm2, shift2, scale2)
        return torch.addcmul(y1, gate2, (self).swiglu(u1, w12, w3))
      def attention(self, u: Tensor, qkv: Tensor, q_norm: Tensor, k_norm: Tensor) -> Tensor:
        split = torch.reshape((self).linear(u, qkv), [torch.size(u, 0), torch.size(u, 1), 3, $heads, $head])
        q, k, v, = torch.unbind(split, 2)
        q1 = torch.to((self).normalized(q) * q_norm, $dtype)
        k1 = torch.to((self).normalized(k) * k_norm, $dtype)
        return (self).attend(q1, k1, v)
      """;

  private final Parameter qkv;
  private final Kernel kernel;

  /** Declares a block. */
  public TextBlock(int width, int heads, int mlpRatio, Precision precision) {
    super(width, heads, mlpRatio);
    qkv = parameter("attn.qkv.weight", new Shape(3L * width, width), Initializer.xavierUniform());
    kernel = kernel("TextBlock", SOURCE, width, heads, precision);
  }

  /**
   * The refined text tokens.
   *
   * @param text (B, L, D) in the block's precision
   * @param condition (B, D)
   * @return (B, L, D) in the block's precision
   */
  public NDArray forward(NDArray text, NDArray condition) {
    return kernel.call(
        text,
        condition,
        modulationWeight.value(),
        modulationBias.value(),
        norm1.value(),
        qkv.value(),
        queryNorm.value(),
        keyNorm.value(),
        projectionWeight.value(),
        projectionBias.value(),
        norm2.value(),
        w12.value(),
        w3.value());
  }
}
