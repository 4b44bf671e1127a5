package io.rapd.dit.text;

import static io.rapd.core.config.Check.check;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.checkpoint.torch.PublishedWeights;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The embedding of Qwen3's tokens, left in its file: prompts need few of its rows, and it is a
 * sixth of the 1.7B network. Owns the open file.
 */
final class Qwen3Embedding implements AutoCloseable {
  /** The tensor, without the prefix {@code model.}. */
  static final String NAME = "embed_tokens.weight";

  private final PublishedWeights source;
  private final String tensor;

  /**
   * Some rows of the embedding.
   *
   * @param ids (B, L) int64, which row of the table each token has
   * @param table (rows, D) float32
   */
  record Rows(NDArray ids, NDArray table) {}

  /**
   * The embedding of a source.
   *
   * @param prefix of the names in the source
   * @throws IllegalArgumentException naming the file if the tensor is missing, of another shape or
   *     no weights
   */
  Qwen3Embedding(PublishedWeights source, String prefix, Qwen3Config config) {
    this.source = source;
    tensor = prefix + NAME;
    Shape shape = new Shape(config.vocabSize(), config.hiddenSize());
    check(
        source.names().contains(tensor),
        "%s: tensor %s %s is missing",
        source.description(),
        tensor,
        shape);
    source.requireWeights(tensor, shape);
  }

  /**
   * Reads the rows of some tokens, each once.
   *
   * @param ids of the tokens, row-major
   * @param shape (B, L)
   * @throws io.rapd.core.checkpoint.CheckpointException if the file became shorter
   */
  Rows of(long[] ids, Shape shape, NDManager manager) {
    Map<Long, Long> places = new LinkedHashMap<>();
    long[] local = new long[ids.length];
    for (int i = 0; i < ids.length; i++) {
      places.putIfAbsent(ids[i], (long) places.size());
      local[i] = places.get(ids[i]);
    }
    long[] rows = places.keySet().stream().mapToLong(Long::longValue).toArray();
    return new Rows(manager.create(local, shape), source.readRows(tensor, rows, manager));
  }

  @Override
  public void close() {
    source.close();
  }
}
