package io.rapd.train.command;

import static io.rapd.core.text.Messages.message;

import java.time.Duration;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Help.Ansi;

/**
 * The progress of a command on standard error: a bar on a terminal, plain lines elsewhere. Counts
 * such as {@code step} and {@code tile} may alternate; each change starts a new bar.
 */
public final class Progress implements AutoCloseable {
  private final String title;
  private final boolean terminal = Ansi.AUTO.enabled();
  private @Nullable ProgressBar bar;
  private String counted = "";
  private String lastLine = "";
  private long first;
  private long startNanos;

  /**
   * Shows nothing yet.
   *
   * @param title what runs, and where
   */
  public Progress(String title) {
    this.title = title;
  }

  /**
   * Moves the bar; prints no line.
   *
   * @param what is counted, such as {@code step}
   * @param done so far
   * @param all in total
   * @return true, so that it can end a listener that may stop the work
   */
  public boolean at(String what, long done, long all) {
    if (!what.equals(counted)) {
      close();
      counted = what;
      first = done;
      startNanos = System.nanoTime();
    }
    if (terminal && bar == null) {
      bar =
          new ProgressBarBuilder()
              .setTaskName(title + "  " + what)
              .setInitialMax(all)
              .startsFrom(done, Duration.ZERO)
              .setUpdateIntervalMillis(500)
              .clearDisplayOnFinish()
              .build();
    }
    if (bar != null) {
      bar.stepTo(done);
    }
    return true;
  }

  /**
   * As {@link #at}, with a message: beside the bar, or as a line with the remaining time.
   *
   * @param message may be empty
   */
  public void say(String what, long done, long all, String message) {
    at(what, done, all);
    StringBuilder line = new StringBuilder();
    line.append(message("%s  %s %d/%d", title, what, done, all));
    if (!message.isEmpty()) {
      line.append("  ").append(message);
      if (done > first) {
        long nanos = (System.nanoTime() - startNanos) / (done - first) * (all - done);
        Duration left = Duration.ofNanos(nanos);
        line.append(
            message(
                "  ETA %d:%02d:%02d", left.toHours(), left.toMinutesPart(), left.toSecondsPart()));
      }
    }
    lastLine = line.toString();
    if (bar == null) {
      System.err.println(lastLine);
    } else {
      bar.setExtraMessage("  " + message);
    }
  }

  /** Replaces the bar by the last line, if there is one. */
  @Override
  public void close() {
    if (bar != null) {
      bar.close();
      bar = null;
      if (!lastLine.isEmpty()) {
        System.err.println(lastLine);
      }
    }
    counted = "";
    lastLine = "";
  }
}
