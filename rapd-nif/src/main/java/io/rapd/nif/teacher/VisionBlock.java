package io.rapd.nif.teacher;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.nn.Initializer;
import io.rapd.core.nn.Module;
import io.rapd.core.nn.ModuleKernel;
import io.rapd.core.torch.Precision;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One pre-norm transformer block of a vision tower as a single kernel:
 *
 * <pre>
 * x += s1 * attention(norm1(x))
 * x += s2 * fc2(activation(fc1(norm2(x))))
 * </pre>
 *
 * The scales s1, s2 (LayerScale) exist in DINOv2 only.
 */
final class VisionBlock extends Module {
  /** Names of the layers; the scales are null without LayerScale. */
  record Names(
      String norm1,
      String query,
      String key,
      String value,
      String output,
      @Nullable String scale1,
      String norm2,
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

  private static final String TEXT =
      """
      def forward(x):
        branch = attention(torch.layer_norm(x, [$width], $first, $eps))
        x = $residual1
        branch = mlp(torch.layer_norm(x, [$width], $second, $eps))
        return $residual2
      def attention(x):
        q = heads(torch.linear(x, $query))
        k = heads(torch.linear(x, $key))
        v = heads(torch.linear(x, $value))
        mixed = torch.scaled_dot_product_attention(q, k, v, None, 0., False)
        return torch.linear(torch.flatten(torch.transpose(mixed, 1, 2), 2), $output)
      def heads(x):
        split = torch.reshape(x, [torch.size(x, 0), torch.size(x, 1), $heads, -1])
        return torch.transpose(split, 1, 2)
      def mlp(x):
        h = torch.linear(x, $mlp.fc1)
        return torch.linear($activation, $mlp.fc2)
      """;

  private final ModuleKernel kernel;

  VisionBlock(
      Names names,
      int width,
      int hidden,
      int heads,
      double epsilon,
      Activation activation,
      Precision precision) {
    Initializer weight = Initializer.truncatedNormal(0.02);
    norm(names.norm1, width);
    for (String layer : List.of(names.query, names.key, names.value, names.output)) {
      linear(layer, width, width, weight);
    }
    Map<String, Object> constants = new HashMap<>();
    constants.put("residual1", residual(names.scale1, width));
    norm(names.norm2, width);
    linear("mlp.fc1", width, hidden, weight);
    linear("mlp.fc2", hidden, width, weight);
    constants.put("residual2", residual(names.scale2, width));
    constants.putAll(
        Map.of(
            "first", "$" + names.norm1,
            "query", "$" + names.query,
            "key", "$" + names.key,
            "value", "$" + names.value,
            "output", "$" + names.output,
            "second", "$" + names.norm2,
            "activation", activation.expression,
            "width", width,
            "heads", heads,
            "eps", epsilon));
    constants.put("dtype", precision);
    kernel = kernel("VisionBlock", TEXT, constants);
  }

  /** The expression for {@code x + branch}; declares a scale for the branch if it has a name. */
  private String residual(@Nullable String scale, int width) {
    if (scale == null) {
      return "x + branch";
    }
    parameter(scale, new Shape(width), Initializer.ones());
    return "torch.addcmul(x, branch, $" + scale + ")";
  }

  /**
   * Applies the block.
   *
   * @param tokens (B, N, D) in the block's precision
   * @return the same shape and precision, on the manager of {@code tokens}
   */
  NDArray forward(NDArray tokens) {
    return kernel.call(tokens);
  }
}
