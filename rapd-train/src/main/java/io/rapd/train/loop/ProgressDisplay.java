package io.rapd.train.loop;

import io.rapd.train.command.Progress;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Losses and measurements of a training run beside its {@link Progress}. */
final class ProgressDisplay implements AutoCloseable {
  private final Progress progress;
  private final long steps;

  ProgressDisplay(String title, long from, long steps) {
    this.progress = new Progress(title);
    this.steps = steps;
    progress.say("step", from, steps, "");
  }

  /** Moves the bar. */
  void step(long step) {
    progress.at("step", step, steps);
  }

  /** Shows the mean losses since the last report. */
  void report(long step, Map<String, Double> losses, double samplesPerSecond) {
    String speed = String.format(Locale.ROOT, "  %.1f samples/s", samplesPerSecond);
    progress.say("step", step, steps, shown(losses) + speed);
  }

  /** Shows the measurements of a preview. */
  void note(long step, Map<String, Double> measured) {
    progress.say("step", step, steps, shown(measured));
  }

  private static String shown(Map<String, Double> values) {
    return values.entrySet().stream()
        .map(value -> String.format(Locale.ROOT, "%s %.4f", value.getKey(), value.getValue()))
        .collect(Collectors.joining("  "));
  }

  @Override
  public void close() {
    progress.close();
  }
}
