package io.rapd.train.data;

import java.util.Optional;

/**
 * The batches of a run, in order of its steps, prepared in background threads. The number of
 * threads does not change them.
 *
 * @param <B> a batch, on the Java heap
 */
public interface Batches<B> extends AutoCloseable {
  /**
   * The batch of the next step. Not thread-safe.
   *
   * @throws RuntimeException the exception that preparing it threw
   * @throws IllegalStateException after {@link #close}
   */
  B next();

  /**
   * Where the streams stand after the last batch that {@link #next} returned, as JSON; with it a
   * resumed run continues the same sequence.
   *
   * @return empty where the step alone determines a batch
   */
  default Optional<String> position() {
    return Optional.empty();
  }

  /** Stops the threads. */
  @Override
  void close();
}
