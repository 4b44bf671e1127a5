package io.rapd.train.loop;

import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;

/**
 * Loss, speed and remaining time: a bar on a terminal, plain lines elsewhere. On standard error.
 */
final class ProgressDisplay implements AutoCloseable {
  private final String title;
  private final long steps;
  private final @Nullable ProgressBar bar;

  ProgressDisplay(String title, long from, long steps) {
    this.title = title;
    this.steps = steps;
    bar =
        !CommandLine.Help.Ansi.AUTO.enabled()
            ? null
            : new ProgressBarBuilder()
                .setTaskName(title)
                .setInitialMax(steps)
                .startsFrom(from, Duration.ZERO)
                .setUpdateIntervalMillis(500)
                .build();
  }

  /** A step has ended. */
  void step(long step) {
    if (bar != null) {
      bar.stepTo(step);
    }
  }

  /** The means since the last report. */
  void report(long step, Map<String, Double> losses, double samplesPerSecond, double stepSeconds) {
    String shown =
        losses.entrySet().stream()
            .map(loss -> String.format(Locale.ROOT, "%s %.4f", loss.getKey(), loss.getValue()))
            .collect(Collectors.joining("  "));
    String speed = String.format(Locale.ROOT, "%.1f samples/s", samplesPerSecond);
    if (bar != null) {
      bar.setExtraMessage("  " + shown + "  " + speed);
    } else {
      Duration left = Duration.ofSeconds(Math.round((steps - step) * stepSeconds));
      System.err.printf(
          Locale.ROOT,
          "%s  step %d/%d  %s  %s  ETA %d:%02d:%02d%n",
          title,
          step,
          steps,
          shown,
          speed,
          left.toHours(),
          left.toMinutesPart(),
          left.toSecondsPart());
    }
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
  }
}
