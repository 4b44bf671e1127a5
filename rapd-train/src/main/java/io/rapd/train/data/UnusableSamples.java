package io.rapd.train.data;

import java.util.concurrent.CancellationException;

/**
 * Decides about samples that cannot be read: records one, so that another takes its place, or ends
 * the run by throwing. Called from several threads.
 */
@FunctionalInterface
public interface UnusableSamples {
  /** Ends the run at the first unreadable sample. */
  UnusableSamples REFUSED =
      (sample, reason) -> {
        throw reason;
      };

  /**
   * A sample, or a whole shard, cannot be read.
   *
   * @param sample its key, or the shard's file
   * @param reason its message is one line that names the file
   */
  void add(String sample, IllegalArgumentException reason);

  /**
   * As {@link #add}, unless reading failed because this thread is interrupted, as readers are when
   * a run ends: nothing is wrong with the sample then.
   *
   * @throws CancellationException if this thread is interrupted
   */
  default void report(String sample, IllegalArgumentException reason) {
    if (Thread.currentThread().isInterrupted()) {
      CancellationException stopped = new CancellationException("reading stopped at " + sample);
      stopped.initCause(reason);
      throw stopped;
    }
    add(sample, reason);
  }
}
