package io.rapd.dit.text;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.nn.Initializer;
import io.rapd.core.nn.Module;
import io.rapd.core.nn.ModuleKernel;
import io.rapd.core.torch.Kernel;
import io.rapd.core.torch.Precision;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Qwen3 without the language model head: decoder layers and final norm (Hugging Face's {@code
 * Qwen3Model}, parameter names without the prefix {@code model.}). The embedding is an input.
 */
final class Qwen3Model extends Module {
  /** Qwen3's {@code initializer_range}. */
  static final double STD = 0.02;

  private static final String EMBED =
      """
      def forward(ids, table):
        return torch.to(torch.embedding(table, ids), $dtype)
      """;

  // Key j is visible to query i iff j <= i and mask[j] = 1.
  private static final String VISIBLE =
      """
      def forward(mask):
        keys = torch.unsqueeze(torch.unsqueeze(torch.to(mask, $bool), 1), 1)
        t = torch.size(mask, 1)
        square = torch.expand(keys, [torch.size(mask, 0), 1, t, t])
        return torch.tril(square)
      """;

  static final String RMS_NORM =
      """
      def norm(x, weight):
        h = torch.to(x, $float32)
        scale = torch.rsqrt(torch.mean(h * h, [-1], True) + $eps)
        return h * scale * weight
      """;

  private static final String NORM =
      """
      def forward(x):
        return norm(x, $stored.norm)
      """
          + RMS_NORM;

  private final Qwen3Config config;
  private final List<Qwen3Layer> layers = new ArrayList<>();
  private final Kernel embed;
  private final Kernel visibility;
  private final ModuleKernel finalNorm;

  /** A network without values yet. */
  Qwen3Model(Qwen3Config config, Precision precision) {
    this.config = config;
    for (int i = 0; i < config.layers(); i++) {
      layers.add(child("layers." + i, new Qwen3Layer(config, precision)));
    }
    table("norm.weight", new Shape(config.hiddenSize()), Initializer.ones());
    embed = Kernel.of("Qwen3Embedding", EMBED, Map.of("dtype", precision));
    visibility = Kernel.of("Qwen3Visibility", VISIBLE);
    finalNorm = kernel("Qwen3Norm", NORM, Map.of("eps", config.rmsNormEps()));
  }

  /**
   * Hidden states after the final norm. Padded positions attend to the valid tokens; positions are
   * numbered through the padding.
   *
   * @param ids (B, L) int64, rows of the table; L at most the config's positions
   * @param table (V, D) float32, the embedding of all tokens or of some
   * @param mask (B, L) int64, 1 for valid tokens; the first of each row must be valid, since the
   *     softmax of a query without keys is undefined
   * @return (B, L, D) float32 on the manager of {@code ids}
   */
  NDArray forward(NDArray ids, NDArray table, NDArray mask) {
    NDArray hidden = decode(ids, table, mask, layers.size());
    NDArray states = finalNorm.call(hidden); // (B, L, D)
    hidden.close();
    return states;
  }

  /** The residual stream (B, L, D) after {@code depth} layers, in the network's precision. */
  NDArray decode(NDArray ids, NDArray table, NDArray mask, int depth) {
    int length = Math.toIntExact(ids.getShape().get(1));
    try (NDManager scope = ids.getManager().newSubManager()) {
      NDArray visible = visibility.call(mask); // (B, 1, L, L)
      visible.attach(scope);
      NDArray cosine = rotation(scope, length, true); // (L, headDim)
      NDArray sine = rotation(scope, length, false);
      NDArray hidden = embed.call(ids, table); // (B, L, D)
      for (Qwen3Layer layer : layers.subList(0, depth)) {
        NDArray before = hidden;
        hidden = layer.forward(before, visible, cosine, sine);
        before.close();
      }
      return hidden;
    }
  }

  /** Channels i and i + headDim/2 of a head are rotated by position * theta^(-2i/headDim). */
  private NDArray rotation(NDManager manager, int length, boolean cosine) {
    int dim = config.headDim();
    float[] table = new float[length * dim];
    for (int i = 0; i < dim / 2; i++) {
      float frequency = (float) Math.pow(config.ropeTheta(), -2.0 * i / dim);
      for (int position = 0; position < length; position++) {
        float angle = position * frequency;
        float value = (float) (cosine ? Math.cos(angle) : Math.sin(angle));
        table[position * dim + i] = value;
        table[position * dim + dim / 2 + i] = value;
      }
    }
    return manager.create(table, new Shape(length, dim));
  }
}
