package io.rapd.train.ranks;

import static io.rapd.core.text.Messages.message;

import io.rapd.train.data.Share;
import java.io.PrintStream;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Ends the job where a rank hangs. A rank that has not come to an exchange for the time-out prints
 * its stack; one that has waited in an exchange for so long prints that, and ends all processes a
 * little later, so that the others' lines come first.
 */
final class Watch implements AutoCloseable {
  /** The system property that sets the time-out, in seconds. */
  static final String TIMEOUT = "rapd.ranks.timeout";

  /** Previews, checkpoints and the first batches of a streamed set take minutes. */
  private static final long TIMEOUT_SECONDS = 1800;

  private static final long GRACE_SECONDS = 3;

  private final Share share;
  private final PrintStream err;
  private final Runnable abort;
  private final Thread watched = Thread.currentThread();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final long timeoutNanos =
      TimeUnit.SECONDS.toNanos(Long.getLong(TIMEOUT, TIMEOUT_SECONDS));
  private volatile long since = System.nanoTime();
  private volatile boolean waiting;
  private volatile boolean paused;

  private Watch(Share share, PrintStream err, Runnable abort) {
    this.share = share;
    this.err = err;
    this.abort = abort;
  }

  /** Watches the calling thread until closed. */
  static Watch start(Share share, PrintStream err, Runnable abort) {
    Watch watch = new Watch(share, err, abort);
    Thread thread = new Thread(watch::run, "rapd-ranks");
    thread.setDaemon(true);
    thread.start();
    return watch;
  }

  /** Runs an exchange. */
  void waiting(Runnable exchange) {
    since = System.nanoTime();
    waiting = true;
    exchange.run();
    waiting = false;
    since = System.nanoTime();
  }

  /** Lets the thread work, or wait for others that work, for any time until {@link #resume}. */
  void pause() {
    paused = true;
  }

  void resume() {
    since = System.nanoTime();
    paused = false;
  }

  private void run() {
    try {
      while (!closed.await(1, TimeUnit.SECONDS)) {
        if (!paused && System.nanoTime() - since > timeoutNanos) {
          boolean came = waiting;
          err.print(came ? waited() : stack());
          err.flush();
          closed.await(came ? GRACE_SECONDS : 2 * GRACE_SECONDS, TimeUnit.SECONDS);
          abort.run();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private String rank() {
    return message("rank %d of %d ", share.index(), share.count());
  }

  private String seconds() {
    return message("%d s (%s)", TimeUnit.NANOSECONDS.toSeconds(timeoutNanos), TIMEOUT);
  }

  private String waited() {
    return rank()
        + "has waited in an exchange for "
        + seconds()
        + "; the job ends. A rank that prints no such line hangs\n";
  }

  private String stack() {
    StringBuilder text = new StringBuilder(rank());
    text.append("has not come to an exchange for ").append(seconds()).append("; it is at\n");
    for (StackTraceElement frame : watched.getStackTrace()) {
      text.append("    ").append(frame).append('\n');
    }
    return text.toString();
  }

  @Override
  public void close() {
    closed.countDown();
  }
}
