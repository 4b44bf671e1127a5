package io.rapd.train.data;

/** Where the key of a sample ends within a file name. */
public enum KeyRule {
  /** {@link #FIRST_DOT} in shards, {@link #EXTENSION} in folders. */
  AUTO,
  /**
   * At the first dot, as in WebDataset: {@code dir/s0.input.jpg} has the key {@code dir/s0}. A dot
   * in a folder's name does not count.
   */
  FIRST_DOT,
  /**
   * Before the configured extension, or the last dot: {@code v1.5/x.y.png} has the key {@code
   * v1.5/x.y}.
   */
  EXTENSION
}
