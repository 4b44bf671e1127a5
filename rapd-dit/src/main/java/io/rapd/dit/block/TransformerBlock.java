package io.rapd.dit.block;

import ai.djl.ndarray.types.Shape;
import io.rapd.core.nn.Initializer;
import io.rapd.core.nn.Module;
import io.rapd.core.nn.ModuleKernel;
import io.rapd.core.torch.Precision;
import java.util.Map;

/**
 * The common part of text and image blocks:
 *
 * <pre>
 * x = x + gate1 * Attention(modulate(RMSNorm(x), shift1, scale1))
 * x = x + gate2 * SwiGLU(modulate(RMSNorm(x), shift2, scale2))
 * </pre>
 *
 * Shifts, scales and gates come from one linear layer of the condition, which starts at zero.
 */
abstract sealed class TransformerBlock extends Module permits TextBlock, ImageBlock {
  /** Added to the mean square in every RMSNorm. */
  static final double NORM_EPSILON = 1e-6;

  /** RMSNorm without its weight; float32 in either precision. */
  static final String NORMALIZED =
      """
      def normalized(x):
        wide = torch.to(x, $float32)
        return wide * torch.rsqrt(torch.mean(torch.square(wide), [-1], True) + $epsilon)
      """;

  /**
   * The parts of a block that do not depend on what it attends to. The modulation has so few rows
   * that casting its weights would cost more than the product, so it computes in their stored type.
   * SwiGLU splits its weight rather than its wide product, whose gradient would have to be joined.
   */
  static final String PARTS =
      """
      def modulation(c) -> List[Tensor]:
        rows = affine(c, $stored.adaLN_modulation.0)
        return torch.chunk(torch.unsqueeze(torch.to(rows, $dtype), 1), 6, 2)
      def affine(c, weight, bias):
        return torch.linear(torch.to(c, weight), weight, torch.to(bias, weight))
      def modulate(x, norm, shift, scale):
        return torch.addcmul(shift, torch.to(normalized(x), $dtype), norm * (scale + 1))
      def attend(q, k, v):
        q1 = torch.transpose(q, 1, 2)
        k1 = torch.transpose(k, 1, 2)
        v1 = torch.transpose(v, 1, 2)
        heads = torch.scaled_dot_product_attention(q1, k1, v1, None, 0., False)
        return torch.linear(torch.flatten(torch.transpose(heads, 1, 2), 2), $attn.proj)
      def swiglu(x):
        w1, w2 = torch.chunk($mlp.w12, 2)
        return torch.linear(torch.silu(torch.linear(x, w1)) * torch.linear(x, w2), $mlp.w3)
      """
          + NORMALIZED;

  TransformerBlock(int width, int heads, int mlpRatio) {
    Initializer xavier = Initializer.xavierUniform();
    Initializer ones = Initializer.ones();
    Shape vector = new Shape(width);
    Shape head = new Shape(width / heads);
    linear("adaLN_modulation.0", width, 6L * width, Initializer.zeros());
    parameter("norm1.weight", vector, ones);
    parameter("attn.q_norm.weight", head, ones);
    parameter("attn.k_norm.weight", head, ones);
    linear("attn.proj", width, width, xavier);
    parameter("norm2.weight", vector, ones);
    parameter("mlp.w12.weight", new Shape(2L * mlpRatio * width, width), xavier);
    parameter("mlp.w3.weight", new Shape(width, (long) mlpRatio * width), xavier);
  }

  /** A kernel of the given text and {@link #PARTS}. */
  final ModuleKernel kernel(String name, String text, int width, int heads, Precision precision) {
    int head = width / heads;
    return kernel(
        name,
        text + PARTS,
        Map.of(
            "width", width,
            "twice", 2 * width,
            "heads", heads,
            "head", head,
            "pairs", head / 2,
            "epsilon", NORM_EPSILON,
            "dtype", precision));
  }
}
