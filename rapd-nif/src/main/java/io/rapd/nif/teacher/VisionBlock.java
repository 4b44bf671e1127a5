package io.rapd.nif.teacher;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.nn.Initializer;
import io.rapd.core.nn.Module;
import io.rapd.core.nn.Parameter;
import io.rapd.core.torch.Kernel;
import io.rapd.core.torch.Precision;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One pre-norm transformer block of a vision tower, a single kernel:
 *
 * <pre>
 * x += s1 * attention(norm1(x))
 * x += s2 * fc2(activation(fc1(norm2(x))))
 * </pre>
 *
 * The scales s1, s2 (LayerScale) exist in DINOv2 only.
 */
final class VisionBlock extends Module {
  /** What a publisher calls the parts. */
  record Names(
      String norm1,
      String query,
      String key,
      String value,
      String output,
      @Nullable String scale1,
      String norm2,
      String fc1,
      String fc2,
      @Nullable String scale2) {
    /** Hugging Face {@code Dinov2Model}, {@code encoder.layer.N}. */
    static final Names DINOV2 =
        new Names(
            "norm1",
            "attention.attention.query",
            "attention.attention.key",
            "attention.attention.value",
            "attention.output.dense",
            "layer_scale1.lambda1",
            "norm2",
            "mlp.fc1",
            "mlp.fc2",
            "layer_scale2.lambda1");

    /** Hugging Face {@code CLIPVisionModel}, {@code vision_model.encoder.layers.N}. */
    static final Names CLIP =
        new Names(
            "layer_norm1",
            "self_attn.q_proj",
            "self_attn.k_proj",
            "self_attn.v_proj",
            "self_attn.out_proj",
            null,
            "layer_norm2",
            "mlp.fc1",
            "mlp.fc2",
            null);
  }

  /** The non-linearity between the two linear layers. */
  enum Activation {
    /** x Phi(x), by the error function. */
    GELU("torch.gelu(h)"),
    /** x sigmoid(1.702 x). */
    QUICK_GELU("torch.mul(h, torch.sigmoid(h * 1.702))");

    private final String expression;

    Activation(String expression) {
      this.expression = expression;
    }
  }

  private static final String PARTS =
      """
      def norm(self, x: Tensor, w: Tensor, b: Tensor) -> Tensor:
        return torch.layer_norm(x, [$width], torch.to(w, $dtype), torch.to(b, $dtype), $eps)
      def linear(self, x: Tensor, w: Tensor, b: Tensor) -> Tensor:
        return torch.linear(x, torch.to(w, $dtype), torch.to(b, $dtype))
      def heads(self, x: Tensor) -> Tensor:
        split = torch.reshape(x, [torch.size(x, 0), torch.size(x, 1), $heads, -1])
        return torch.transpose(split, 1, 2)
      def attention(self, x: Tensor, nw: Tensor, nb: Tensor, qw: Tensor, qb: Tensor, \
      kw: Tensor, kb: Tensor, vw: Tensor, vb: Tensor, ow: Tensor, ob: Tensor) -> Tensor:
        n = (self).norm(x, nw, nb)
        q = (self).heads((self).linear(n, qw, qb))
        k = (self).heads((self).linear(n, kw, kb))
        v = (self).heads((self).linear(n, vw, vb))
        mixed = torch.scaled_dot_product_attention(q, k, v, None, 0., False)
        return (self).linear(torch.flatten(torch.transpose(mixed, 1, 2), 2), ow, ob)
      def mlp(self, x: Tensor, nw: Tensor, nb: Tensor, w1: Tensor, b1: Tensor, w2: Tensor, \
      b2: Tensor) -> Tensor:
        h = (self).linear((self).norm(x, nw, nb), w1, b1)
        return (self).linear($activation, w2, b2)
      """;

  private static final String PLAIN =
      """
      def forward(self, x: Tensor, n1w: Tensor, n1b: Tensor, qw: Tensor, qb: Tensor, kw: Tensor, \
      kb: Tensor, vw: Tensor, vb: Tensor, ow: Tensor, ob: Tensor, n2w: Tensor, n2b: Tensor, \
      w1: Tensor, b1: Tensor, w2: Tensor, b2: Tensor) -> Tensor:
        y = x + (self).attention(x, n1w, n1b, qw, qb, kw, kb, vw, vb, ow, ob)
        return y + (self).mlp(y, n2w, n2b, w1, b1, w2, b2)
      """;

  private static final String SCALED =
      """
      def forward(self, x: Tensor, n1w: Tensor, n1b: Tensor, qw: Tensor, qb: Tensor, kw: Tensor, \
      kb: Tensor, vw: Tensor, vb: Tensor, ow: Tensor, ob: Tensor, s1: Tensor, n2w: Tensor, \
      n2b: Tensor, w1: Tensor, b1: Tensor, w2: Tensor, b2: Tensor, s2: Tensor) -> Tensor:
        a = (self).attention(x, n1w, n1b, qw, qb, kw, kb, vw, vb, ow, ob)
        y = torch.addcmul(x, a, torch.to(s1, $dtype))
        m = (self).mlp(y, n2w, n2b, w1, b1, w2, b2)
        return torch.addcmul(y, m, torch.to(s2, $dtype))
      """;

  /** In the order of the kernel's arguments. */
  private final List<Parameter> weights = new ArrayList<>();

  private final Kernel kernel;

  VisionBlock(
      Names names,
      int width,
      int hidden,
      int heads,
      double epsilon,
      Activation activation,
      Precision precision) {
    norm(names.norm1, width);
    linear(names.query, width, width);
    linear(names.key, width, width);
    linear(names.value, width, width);
    linear(names.output, width, width);
    scale(names.scale1, width);
    norm(names.norm2, width);
    linear(names.fc1, width, hidden);
    linear(names.fc2, hidden, width);
    scale(names.scale2, width);
    kernel =
        Kernel.of(
            "VisionBlock",
            (names.scale1 == null ? PLAIN : SCALED) + PARTS,
            Map.of(
                "width",
                width,
                "heads",
                heads,
                "eps",
                literal(epsilon),
                "activation",
                activation.expression,
                "dtype",
                precision));
  }

  /** A number as TorchScript source. */
  static String literal(double value) {
    return String.format(Locale.ROOT, "%.9e", value);
  }

  private void norm(String name, int width) {
    weights.add(parameter(name + ".weight", new Shape(width), Initializer.ones()));
    weights.add(parameter(name + ".bias", new Shape(width), Initializer.zeros()));
  }

  private void linear(String name, int in, int out) {
    weights.add(parameter(name + ".weight", new Shape(out, in), Initializer.truncatedNormal(0.02)));
    weights.add(parameter(name + ".bias", new Shape(out), Initializer.zeros()));
  }

  private void scale(@Nullable String name, int width) {
    if (name != null) {
      weights.add(parameter(name, new Shape(width), Initializer.ones()));
    }
  }

  /**
   * The block's output.
   *
   * @param tokens (B, N, D) in the block's precision
   * @return the same shape and precision, on the manager of {@code tokens}
   */
  NDArray forward(NDArray tokens) {
    return kernel.call(tokens, weights.stream().map(Parameter::value).toList());
  }
}
