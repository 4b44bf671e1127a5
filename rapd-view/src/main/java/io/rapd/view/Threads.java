package io.rapd.view;

import java.time.Duration;

/** Ends threads. */
final class Threads {
  private static final long PATIENCE = Duration.ofSeconds(30).toMillis();

  private Threads() {}

  /** Waits until a thread that was told to end has ended. */
  static void join(Thread thread) {
    try {
      thread.join(PATIENCE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
