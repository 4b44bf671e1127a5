package io.rapd.dit.block;

import ai.djl.ndarray.types.Shape;
import io.rapd.core.nn.Initializer;
import io.rapd.core.nn.Module;
import io.rapd.core.nn.Parameter;
import io.rapd.core.torch.Kernel;
import io.rapd.core.torch.Precision;
import java.util.Map;

/**
 * What text and image blocks share:
 *
 * <pre>
 * x = x + gate1 * Attention(modulate(RMSNorm(x), shift1, scale1))
 * x = x + gate2 * SwiGLU(modulate(RMSNorm(x), shift2, scale2))
 * </pre>
 *
 * with shifts, scales and gates from one linear layer of the condition, which starts at zero.
 */
abstract sealed class TransformerBlock extends Module permits TextBlock, ImageBlock {
  /** Added to the mean square under the root of every RMSNorm. */
  static final double NORM_EPSILON = 1e-6;

  /** RMSNorm without its weight, in float32 whatever the precision. */
  static final String NORMALIZED =
      """
      def normalized(self, x: Tensor) -> Tensor:
        wide = torch.to(x, 6)
        return wide * torch.rsqrt(torch.mean(torch.square(wide), [-1], True) + $epsilon)
      """;

  /**
   * The parts of a block that do not depend on what it attends to. Casting the modulation's weights
   * would cost more than its few rows, so it computes in the type that they are kept in. SwiGLU
   * splits its weight, not its wide product, whose gradient would have to be joined again.
   */
  static final String PARTS =
      """
      def modulation(self, c: Tensor, weight: Tensor, bias: Tensor) -> List[Tensor]:
        rows = torch.linear(torch.to(c, weight), weight, torch.to(bias, weight))
        return torch.chunk(torch.unsqueeze(torch.to(rows, $dtype), 1), 6, 2)
      def modulate(self, x: Tensor, norm: Tensor, shift: Tensor, scale: Tensor) -> Tensor:
        factor = torch.to(norm, $dtype) * (scale + 1)
        return torch.addcmul(shift, torch.to((self).normalized(x), $dtype), factor)
      def linear(self, x: Tensor, weight: Tensor) -> Tensor:
        return torch.linear(x, torch.to(weight, $dtype))
      def projected(self, heads: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        joined = torch.flatten(torch.transpose(heads, 1, 2), 2)
        return torch.linear(joined, torch.to(weight, $dtype), torch.to(bias, $dtype))
      def attend(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        return torch.scaled_dot_product_attention(torch.transpose(q, 1, 2), torch.transpose(k, 1, 2), torch.transpose(v, 1, 2), None, 0., False)
      def swiglu(self, x: Tensor, w12: Tensor, w3: Tensor) -> Tensor:
        w1, w2, = torch.chunk(w12, 2)
        return (self).linear(torch.silu((self).linear(x, w1)) * (self).linear(x, w2), w3)
      """
          + NORMALIZED;

  final Parameter modulationWeight;
  final Parameter modulationBias;
  final Parameter norm1;
  final Parameter queryNorm;
  final Parameter keyNorm;
  final Parameter projectionWeight;
  final Parameter projectionBias;
  final Parameter norm2;
  final Parameter w12;
  final Parameter w3;

  TransformerBlock(int width, int heads, int mlpRatio) {
    Initializer xavier = Initializer.xavierUniform();
    Initializer zeros = Initializer.zeros();
    Initializer ones = Initializer.ones();
    Shape vector = new Shape(width);
    Shape head = new Shape(width / heads);
    modulationWeight = parameter("adaLN_modulation.0.weight", new Shape(6L * width, width), zeros);
    modulationBias = parameter("adaLN_modulation.0.bias", new Shape(6L * width), zeros);
    norm1 = parameter("norm1.weight", vector, ones);
    queryNorm = parameter("attn.q_norm.weight", head, ones);
    keyNorm = parameter("attn.k_norm.weight", head, ones);
    projectionWeight = parameter("attn.proj.weight", new Shape(width, width), xavier);
    projectionBias = parameter("attn.proj.bias", vector, zeros);
    norm2 = parameter("norm2.weight", vector, ones);
    w12 = parameter("mlp.w12.weight", new Shape(2L * mlpRatio * width, width), xavier);
    w3 = parameter("mlp.w3.weight", new Shape(width, (long) mlpRatio * width), xavier);
  }

  static Kernel kernel(String name, String source, int width, int heads, Precision precision) {
    int head = width / heads;
    return Kernel.of(
        name,
        source + PARTS,
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
