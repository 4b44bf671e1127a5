package io.rapd.dit.text;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.nn.Initializer;
import io.rapd.core.nn.Module;
import io.rapd.core.nn.Parameter;
import io.rapd.core.torch.Kernel;
import io.rapd.core.torch.Precision;
import java.util.Map;

/**
 * One decoder layer of Qwen3 (Hugging Face {@code Qwen3DecoderLayer}) as one kernel: grouped-query
 * attention with a norm over each query and key head before the rotary positions, then the gated
 * MLP, both on the residual stream. Norms and rotations are computed in float32.
 */
final class Qwen3Layer extends Module {
  private static final String SOURCE =
      """
      def norm(self, x: Tensor, weight: Tensor) -> Tensor:
        h = torch.to(x, 6)
        scale = torch.rsqrt(torch.add(torch.mean(torch.mul(h, h), [-1], True), $eps))
        return torch.mul(torch.mul(h, scale), weight)
      def linear(self, x: Tensor, weight: Tensor) -> Tensor:
        return torch.linear(x, torch.to(weight, $dtype))
      def heads(self, x: Tensor, count: int) -> Tensor:
        return torch.reshape(x, [torch.size(x, 0), torch.size(x, 1), count, $headDim])
      def rotate(self, x: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
        h = torch.transpose(x, 1, 2)
        first, second, = torch.chunk(h, 2, -1)
        turned = torch.cat([torch.neg(second), first], -1)
        return torch.to(torch.add(torch.mul(h, cosine), torch.mul(turned, sine)), $dtype)
      def share(self, x: Tensor) -> Tensor:
        b = torch.size(x, 0)
        t = torch.size(x, 2)
        each = torch.expand(torch.unsqueeze(x, 2), [b, $keyValueHeads, $group, t, $headDim])
        return torch.reshape(each, [b, $heads, t, $headDim])
      def forward(self, x: Tensor, visible: Tensor, cosine: Tensor, sine: Tensor,
          inputNorm: Tensor, wq: Tensor, wk: Tensor, wv: Tensor, wo: Tensor, qNorm: Tensor,
          kNorm: Tensor, mlpNorm: Tensor, gate: Tensor, up: Tensor, down: Tensor) -> Tensor:
        h = torch.to((self).norm(x, inputNorm), $dtype)
        q = (self).norm((self).heads((self).linear(h, wq), $heads), qNorm)
        k = (self).norm((self).heads((self).linear(h, wk), $keyValueHeads), kNorm)
        v = torch.transpose((self).heads((self).linear(h, wv), $keyValueHeads), 1, 2)
        q0 = (self).rotate(q, cosine, sine)
        k0 = (self).share((self).rotate(k, cosine, sine))
        a = torch.scaled_dot_product_attention(q0, k0, (self).share(v), visible, 0., False)
        a0 = torch.flatten(torch.transpose(a, 1, 2), 2)
        x0 = torch.add(x, (self).linear(a0, wo))
        h0 = torch.to((self).norm(x0, mlpNorm), $dtype)
        inner = torch.mul(torch.silu((self).linear(h0, gate)), (self).linear(h0, up))
        return torch.add(x0, (self).linear(inner, down))
      """;

  private final Kernel kernel;
  private final Parameter inputNorm;
  private final Parameter query;
  private final Parameter key;
  private final Parameter value;
  private final Parameter output;
  private final Parameter queryNorm;
  private final Parameter keyNorm;
  private final Parameter mlpNorm;
  private final Parameter gate;
  private final Parameter up;
  private final Parameter down;

  Qwen3Layer(Qwen3Config config, Precision precision) {
    int width = config.hiddenSize();
    int inner = config.intermediateSize();
    int queries = config.heads() * config.headDim();
    int keys = config.keyValueHeads() * config.headDim();
    inputNorm = norm("input_layernorm.weight", width);
    query = matrix("self_attn.q_proj.weight", queries, width);
    key = matrix("self_attn.k_proj.weight", keys, width);
    value = matrix("self_attn.v_proj.weight", keys, width);
    output = matrix("self_attn.o_proj.weight", width, queries);
    queryNorm = norm("self_attn.q_norm.weight", config.headDim());
    keyNorm = norm("self_attn.k_norm.weight", config.headDim());
    mlpNorm = norm("post_attention_layernorm.weight", width);
    gate = matrix("mlp.gate_proj.weight", inner, width);
    up = matrix("mlp.up_proj.weight", inner, width);
    down = matrix("mlp.down_proj.weight", width, inner);
    kernel =
        Kernel.of(
            "Qwen3Layer",
            SOURCE,
            Map.of(
                "eps", config.rmsNormEps(),
                "heads", config.heads(),
                "keyValueHeads", config.keyValueHeads(),
                "group", config.heads() / config.keyValueHeads(),
                "headDim", config.headDim(),
                "dtype", precision));
  }

  private Parameter norm(String name, int size) {
    return table(name, new Shape(size), Initializer.ones());
  }

  private Parameter matrix(String name, int out, int in) {
    return table(name, new Shape(out, in), Initializer.normal(Qwen3Model.DEVIATION));
  }

  /**
   * The residual stream after this layer.
   *
   * @param x (B, L, D) in the kernel's precision
   * @param visible (B, 1, L, L) bool, whether the token of the row sees that of the column
   * @param cosine (L, headDim) float32
   * @param sine (L, headDim) float32
   */
  NDArray forward(NDArray x, NDArray visible, NDArray cosine, NDArray sine) {
    return kernel.call(
        x,
        visible,
        cosine,
        sine,
        inputNorm.value(),
        query.value(),
        key.value(),
        value.value(),
        output.value(),
        queryNorm.value(),
        keyNorm.value(),
        mlpNorm.value(),
        gate.value(),
        up.value(),
        down.value());
  }
}
