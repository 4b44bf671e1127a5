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
    if (bar == null) {
      System.err.printf("%s  step %d/%d%n", title, from, steps);
    }
  }

  /** A step has ended. */
  void step(long step) {
    if (bar != null) {
      bar.stepTo(step);
    }
  }

  /** The means since the last report. */
  void report(long step, Map<String, Double> losses, double samplesPerSecond, double stepSeconds) {
    String shown = shown(losses);
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

  /** What a preview measured. */
  void note(long step, Map<String, Double> measured) {
    if (bar != null) {
      bar.setExtraMessage("  " + shown(measured));
    } else {
      System.err.printf("%s  step %d/%d  %s%n", title, step, steps, shown(measured));
    }
  }

  private static String shown(Map<String, Double> values) {
    return values.entrySet().stream()
        .map(value -> String.format(Locale.ROOT, "%s %.4f", value.getKey(), value.getValue()))
        .collect(Collectors.joining("  "));
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
  }
}
