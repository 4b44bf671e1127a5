package io.rapd.train.data;

/**
 * Batches of which each depends on its step alone.
 *
 * @param <B> a batch, on the Java heap
 */
@FunctionalInterface
public interface Steps<B> {
  /**
   * The batch of a step, from 1. Thread-safe.
   *
   * @throws DataException if a sample cannot be read
   * @throws io.rapd.core.image.ImageFileException if an image cannot be decoded
   */
  B batch(long step);
}
