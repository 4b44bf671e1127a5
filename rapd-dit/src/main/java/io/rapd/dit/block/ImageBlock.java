package io.rapd.dit.block;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.nn.Initializer;
import io.rapd.core.nn.ModuleKernel;
import io.rapd.core.torch.Precision;

/**
 * Attention of image queries over image and text keys, then a gated feed-forward network, both
 * modulated by the time ({@code FlattenDiTBlock}). q and k are normalised per head; those of the
 * image are then rotated by position, text keys are not. Image keys and values come before those of
 * the text.
 */
public final class ImageBlock extends TransformerBlock {
  // Queries and keys are normalised and rotated together, as complex numbers in float32.
  private static final String SOURCE =
      """
      def forward(x, y, c, rotation):
        shift1, scale1, gate1, shift2, scale2, gate2 = modulation(c)
        x1 = torch.addcmul(x, gate1, attention(modulate(x, $norm1, shift1, scale1), y, rotation))
        return torch.addcmul(x1, gate2, swiglu(modulate(x1, $norm2, shift2, scale2)))
      def attention(u, y, rotation):
        batch = torch.size(u, 0)
        qk, v = torch.split_with_sizes(torch.linear(u, $attn.qkv_x), [$twice, $width], 2)
        ky, vy = torch.chunk(torch.linear(y, $attn.kv_y), 2, 2)
        norms = torch.unsqueeze(torch.stack([$stored.attn.q_norm, $stored.attn.k_norm]), 1)
        qk = normalized(torch.reshape(qk, [batch, -1, 2, $heads, $head])) * norms
        q, k = torch.unbind(torch.to(rotated(qk, rotation), $dtype), 2)
        ky = normalized(torch.reshape(ky, [batch, -1, $heads, $head])) * $stored.attn.k_norm
        keys = torch.cat([k, torch.to(ky, $dtype)], 1)
        values = torch.reshape(torch.cat([v, vy], 1), [batch, -1, $heads, $head])
        return attend(q, keys, values)
      def rotated(qk, rotation):
        pairs = torch.reshape(qk, [torch.size(qk, 0), -1, 2, $heads, $pairs, 2])
        turns = torch.reshape(torch.view_as_complex(rotation), [1, -1, 1, 1, $pairs])
        return torch.flatten(torch.view_as_real(torch.view_as_complex(pairs) * turns), 4)
      """;

  private final ModuleKernel kernel;

  public ImageBlock(int width, int heads, int mlpRatio, Precision precision) {
    super(width, heads, mlpRatio);
    Initializer xavier = Initializer.xavierUniform();
    parameter("attn.qkv_x.weight", new Shape(3L * width, width), xavier);
    parameter("attn.kv_y.weight", new Shape(2L * width, width), xavier);
    kernel = kernel("ImageBlock", SOURCE, width, heads, precision);
  }

  /**
   * Applies the block to the image tokens.
   *
   * @param tokens (B, N, D) in the block's precision
   * @param text refined text tokens (B, L, D) in the block's precision
   * @param condition (B, D)
   * @param rotation (N, D / heads / 2, 2), float32: {@link RotaryTable}
   * @return (B, N, D) in the block's precision
   */
  public NDArray forward(NDArray tokens, NDArray text, NDArray condition, NDArray rotation) {
    return kernel.call(tokens, text, condition, rotation);
  }
}
