package io.rapd.train.loop;

import static io.rapd.core.text.Messages.message;

import io.rapd.train.command.Progress;
import java.util.LinkedHashMap;
import java.util.Map;

/** What a training loop shows and records: losses and speed, previews, held-out measurements. */
final class LoopReports {
  private final LoopConfig config;
  private final TrainingRun run;
  private final Ranks ranks;
  private final OptimizerConfig optimizer;
  private final StepTimes times;
  private final MetricsLog log;
  private final Progress progress;
  private Interval interval = new Interval();
  private long exchanged;

  LoopReports(
      LoopConfig config,
      TrainingRun run,
      Ranks ranks,
      OptimizerConfig optimizer,
      StepTimes times,
      MetricsLog log,
      Progress progress) {
    this.config = config;
    this.run = run;
    this.ranks = ranks;
    this.optimizer = optimizer;
    this.times = times;
    this.log = log;
    this.progress = progress;
    exchanged = ranks.exchangeNanos();
  }

  /** The first line of progress. */
  void begin(long step) {
    progress.say("step", step, config.steps(), "");
  }

  /** Counts a step; its losses are empty where it was skipped. */
  void add(long step, Map<String, Double> losses) {
    interval.add(losses);
    progress.at("step", step, config.steps());
  }

  /** Reports the steps since the last report, if there are any. */
  void report(long step) {
    Interval ended = interval;
    interval = new Interval();
    if (ended.steps() == 0) {
      return; // every step was skipped, or has been reported
    }
    Map<String, Double> means = ended.means();
    double seconds = ended.seconds();
    double samples = ended.steps() * (double) config.batchSize() / seconds;
    progress.say(
        "step", step, config.steps(), Interval.shown(means) + message("  %.1f samples/s", samples));
    Map<String, Double> line = new LinkedHashMap<>(means);
    line.put(MetricsLog.RATE, optimizer.rateAt(step, config.steps()));
    line.put(MetricsLog.SPEED, samples);
    line.put(MetricsLog.STEP_SECONDS, seconds / ended.steps());
    line.putAll(times.take(ended.steps()));
    if (ranks.count() > 1) {
      line.put(MetricsLog.RANKS, (double) ranks.count());
      line.put("exchangeSeconds", (ranks.exchangeNanos() - exchanged) / 1e9 / ended.steps());
      exchanged = ranks.exchangeNanos();
    }
    log.write(step, line);
  }

  /** Shows a preview, on the first rank. */
  void show(long step, Preview preview) {
    if (ranks.isFirst()) {
      Map<String, Double> measured = preview.at(step);
      log.image(step, run.preview(step));
      record(step, measured);
    }
  }

  /** Measures on held-out data, on all ranks. */
  void measure(long step, HeldOut heldOut) {
    record(step, heldOut.measure());
  }

  private void record(long step, Map<String, Double> measured) {
    if (!measured.isEmpty()) {
      log.write(step, measured);
      progress.say("step", step, config.steps(), Interval.shown(measured));
    }
  }
}
