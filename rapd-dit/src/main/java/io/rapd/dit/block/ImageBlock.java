package io.rapd.dit.block;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.nn.Initializer;
import io.rapd.core.nn.Parameter;
import io.rapd.core.torch.Kernel;
import io.rapd.core.torch.Precision;

/**
 * Attention of image queries over image and text keys, and gated feed-forward, modulated by the
 * time ({@code FlattenDiTBlock}). q and k are normalised per head; image q and k are then rotated
 * by their position, text keys are not. Keys and values are image first, text second.
 */
public final class ImageBlock extends TransformerBlock {
  // Queries and keys are normalised and rotated together, as complex numbers in float32.
  private static final String SOURCE =
      """
      def forward(self, x: Tensor, y: Tensor, c: Tensor, rotation: Tensor, ada_weight: Tensor, ada_bias: Tensor, norm1: Tensor, qkv_x: Tensor, kv_y: Tensor, q_norm: Tensor, k_norm: Tensor, proj_weight: Tensor, proj_bias: Tensor, norm2: Tensor, w12: Tensor, w3: Tensor) -> Tensor:
        shift1, scale1, gate1, shift2, scale2, gate2, = (self).modulation(c, ada_weight, ada_bias)
        u = (self).modulate(x, norm1, shift1, scale1)
        attended = (self).attention(u, y, rotation, qkv_x, kv_y, q_norm, k_norm)
        x1 = torch.addcmul(x, gate1, (self).projected(attended, proj_weight, proj_bias))
        u1 = (self).modulate(x1, norm2, shift2, scale2)
        return torch.addcmul(x1, gate2, (self).swiglu(u1, w12, w3))
      def attention(self, u: Tensor, y: Tensor, rotation: Tensor, qkv_x: Tensor, kv_y: Tensor, q_norm: Tensor, k_norm: Tensor) -> Tensor:
        batch = torch.size(u, 0)
        count = torch.size(u, 1)
        qk, v, = torch.split_with_sizes((self).linear(u, qkv_x), [$twice, $width], 2)
        ky, vy, = torch.chunk((self).linear(y, kv_y), 2, 2)
        norms = torch.unsqueeze(torch.stack([q_norm, k_norm]), 1)
        qk1 = (self).normalized(torch.reshape(qk, [batch, count, 2, $heads, $head])) * norms
        qk2 = torch.to((self).rotated(qk1, rotation), $dtype)
        q, k, = torch.unbind(qk2, 2)
        ky1 = (self).normalized(torch.reshape(ky, [batch, -1, $heads, $head])) * k_norm
        keys = torch.cat([k, torch.to(ky1, $dtype)], 1)
        values = torch.reshape(torch.cat([v, vy], 1), [batch, -1, $heads, $head])
        return (self).attend(q, keys, values)
      def rotated(self, qk: Tensor, rotation: Tensor) -> Tensor:
        numbers = torch.view_as_complex(torch.reshape(qk, [torch.size(qk, 0), -1, 2, $heads, $pairs, 2]))
        turns = torch.reshape(torch.view_as_complex(rotation), [1, -1, 1, 1, $pairs])
        return torch.flatten(torch.view_as_real(numbers * turns), 4)
      """;

  private final Parameter imageQkv;
  private final Parameter textKv;
  private final Kernel kernel;

  /** Declares a block. */
  public ImageBlock(int width, int heads, int mlpRatio, Precision precision) {
    super(width, heads, mlpRatio);
    Initializer xavier = Initializer.xavierUniform();
    imageQkv = parameter("attn.qkv_x.weight", new Shape(3L * width, width), xavier);
    textKv = parameter("attn.kv_y.weight", new Shape(2L * width, width), xavier);
    kernel = kernel("ImageBlock", SOURCE, width, heads, precision);
  }

  /**
   * The image tokens after this block.
   *
   * @param tokens (B, N, D) in the block's precision
   * @param text refined text tokens (B, L, D) in the block's precision
   * @param condition (B, D)
   * @param rotation (N, D / heads / 2, 2), float32: {@link RotaryTable}
   * @return (B, N, D) in the block's precision
   */
  public NDArray forward(NDArray tokens, NDArray text, NDArray condition, NDArray rotation) {
    return kernel.call(
        tokens,
        text,
        condition,
        rotation,
        modulationWeight.value(),
        modulationBias.value(),
        norm1.value(),
        imageQkv.value(),
        textKv.value(),
        queryNorm.value(),
        keyNorm.value(),
        projectionWeight.value(),
        projectionBias.value(),
        norm2.value(),
        w12.value(),
        w3.value());
  }
}
