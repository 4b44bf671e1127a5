package io.rapd.dit.text;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.nn.Initializer;
import io.rapd.core.nn.Module;
import io.rapd.core.nn.ModuleKernel;
import io.rapd.core.torch.Precision;
import java.util.Map;

/**
 * One decoder layer of Qwen3 (Hugging Face's {@code Qwen3DecoderLayer}) as one kernel:
 * grouped-query attention, with a norm over each query and key head before the rotary positions,
 * then a gated MLP, both on the residual stream. Norms and rotations are computed in float32.
 */
final class Qwen3Layer extends Module {
  private static final String TEXT =
      """
      def forward(x, visible, cosine, sine):
        x = x + attention(torch.to(norm(x, $stored.input_layernorm), $dtype), visible, cosine, sine)
        u = torch.to(norm(x, $stored.post_attention_layernorm), $dtype)
        gated = torch.silu(torch.linear(u, $mlp.gate_proj)) * torch.linear(u, $mlp.up_proj)
        return x + torch.linear(gated, $mlp.down_proj)
      def attention(u, visible, cosine, sine):
        q = norm(heads(torch.linear(u, $self_attn.q_proj), $heads), $stored.self_attn.q_norm)
        k = norm(heads(torch.linear(u, $self_attn.k_proj), $shared), $stored.self_attn.k_norm)
        v = torch.transpose(heads(torch.linear(u, $self_attn.v_proj), $shared), 1, 2)
        q = rotate(q, cosine, sine)
        k = share(rotate(k, cosine, sine))
        a = torch.scaled_dot_product_attention(q, k, share(v), visible, 0., False)
        return torch.linear(torch.flatten(torch.transpose(a, 1, 2), 2), $self_attn.o_proj)
      def heads(x, count: int):
        return torch.reshape(x, [torch.size(x, 0), torch.size(x, 1), count, $width])
      def rotate(x, cosine, sine):
        h = torch.transpose(x, 1, 2)
        first, second = torch.chunk(h, 2, -1)
        turned = torch.cat([torch.neg(second), first], -1)
        return torch.to(h * cosine + turned * sine, $dtype)
      def share(x):
        b = torch.size(x, 0)
        t = torch.size(x, 2)
        each = torch.expand(torch.unsqueeze(x, 2), [b, $shared, $group, t, $width])
        return torch.reshape(each, [b, $heads, t, $width])
      """
          + Qwen3Model.RMS_NORM;

  private final ModuleKernel kernel;

  Qwen3Layer(Qwen3Config config, Precision precision) {
    int width = config.hiddenSize();
    int inner = config.intermediateSize();
    int queries = config.heads() * config.headDim();
    int keys = config.keyValueHeads() * config.headDim();
    scale("input_layernorm.weight", width);
    matrix("self_attn.q_proj.weight", queries, width);
    matrix("self_attn.k_proj.weight", keys, width);
    matrix("self_attn.v_proj.weight", keys, width);
    matrix("self_attn.o_proj.weight", width, queries);
    scale("self_attn.q_norm.weight", config.headDim());
    scale("self_attn.k_norm.weight", config.headDim());
    scale("post_attention_layernorm.weight", width);
    matrix("mlp.gate_proj.weight", inner, width);
    matrix("mlp.up_proj.weight", inner, width);
    matrix("mlp.down_proj.weight", width, inner);
    kernel =
        kernel(
            "Qwen3Layer",
            TEXT,
            Map.of(
                "eps", config.rmsNormEps(),
                "heads", config.heads(),
                "shared", config.keyValueHeads(),
                "group", config.heads() / config.keyValueHeads(),
                "width", config.headDim(),
                "dtype", precision));
  }

  private void scale(String name, int size) {
    table(name, new Shape(size), Initializer.ones());
  }

  private void matrix(String name, int out, int in) {
    table(name, new Shape(out, in), Initializer.normal(Qwen3Model.STD));
  }

  /**
   * The residual stream after this layer.
   *
   * @param x (B, L, D) in the kernel's precision
   * @param visible (B, 1, L, L) bool, whether the query of the row attends to the key of the column
   * @param cosine (L, headDim) float32
   * @param sine (L, headDim) float32
   */
  NDArray forward(NDArray x, NDArray visible, NDArray cosine, NDArray sine) {
    return kernel.call(x, visible, cosine, sine);
  }
}
