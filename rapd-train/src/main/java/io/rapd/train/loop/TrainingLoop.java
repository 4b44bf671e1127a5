package io.rapd.train.loop;

import static io.rapd.core.text.Messages.message;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.rapd.core.nn.Module;
import io.rapd.core.torch.GradMode;
import io.rapd.core.torch.ProcessorThreads;
import io.rapd.train.command.Progress;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/** The step loop: objective, exchange, clipping, AdamW, averages, logs, previews, checkpoints. */
public final class TrainingLoop {
  private final String title;
  private final LoopConfig config;
  private final TrainingRun run;
  private final Module module;
  private final Optimizer optimizer;
  private final GradientExchange exchange;

  /**
   * @param title what is trained and where, shown beside the progress
   * @param module what a checkpoint holds; the optimiser has its trained parameters
   */
  public TrainingLoop(
      String title,
      LoopConfig config,
      TrainingRun run,
      Module module,
      Optimizer optimizer,
      GradientExchange exchange) {
    this.title = title;
    this.config = config;
    this.run = run;
    this.module = module;
    this.optimizer = optimizer;
    this.exchange = exchange;
  }

  /**
   * Trains from the run's newest checkpoint to the last step, or to the first step that ends after
   * {@code maxMinutes}.
   *
   * @param manager on the device of the parameters; holds as many arrays afterwards as before
   * @return the step reached, of which a checkpoint is written
   * @throws IllegalStateException where a loss or the gradient norm is not finite: before the
   *     update, and earlier checkpoints stay
   */
  public long run(Objective objective, Preview preview, NDManager manager) {
    long from = run.step();
    long deadline =
        config.maxMinutes() > 0
            ? System.nanoTime() + (long) (config.maxMinutes() * 60e9)
            : Long.MAX_VALUE;
    long step = from;
    MetricsLog log = MetricsLog.open(run.folder().resolve(TrainingRun.METRICS), from);
    try (Progress progress = new Progress(title)) {
      progress.say("step", from, config.steps(), "");
      Interval interval = new Interval();
      while (step < config.steps() && (step == from || System.nanoTime() < deadline)) {
        step++;
        interval.add(step(step, objective, manager));
        progress.at("step", step, config.steps());
        if (step % config.logEvery() == 0 || step == config.steps()) {
          report(step, interval, log, progress);
          interval = new Interval();
        }
        if (config.previewEvery() > 0 && step % config.previewEvery() == 0) {
          show(step, preview, log, progress);
        }
        if (step % config.checkpointEvery() == 0 && step < config.steps()) {
          run.save(module, optimizer, step, config.keepCheckpoints());
        }
      }
      if (interval.steps > 0) {
        // Time ran out between two reports.
        report(step, interval, log, progress);
      }
      if (step > from) {
        if (config.previewEvery() > 0 && step % config.previewEvery() != 0) {
          show(step, preview, log, progress);
        }
        run.save(module, optimizer, step, config.keepCheckpoints());
      }
    }
    return step;
  }

  /** Takes one step and returns its losses and the gradient norm. */
  private Map<String, Double> step(long step, Objective objective, NDManager manager) {
    try (NDManager scope = manager.newSubManager()) {
      Map<String, Double> losses;
      try (GradMode recording = GradMode.enabled()) {
        losses = new LinkedHashMap<>(objective.gradients(step, scope));
      }
      losses.forEach((name, value) -> checkFinite(step, "loss " + name, value));
      Map<String, NDArray> gradients = optimizer.gradients(scope);
      exchange.exchange(gradients);
      // Networks that need several workers have small parameters: few threads update them faster.
      try (ProcessorThreads few = ProcessorThreads.shared(config.workers())) {
        double norm = optimizer.clip(gradients);
        checkFinite(step, "gradient norm", norm);
        double rate = optimizer.config().rateAt(step, config.steps());
        optimizer.update(gradients, step, rate, scope);
        losses.put("gradientNorm", norm);
      }
      return losses;
    }
  }

  private void show(long step, Preview preview, MetricsLog log, Progress progress) {
    Map<String, Double> measured = preview.at(step);
    if (!measured.isEmpty()) {
      Map<String, Object> line = new LinkedHashMap<>();
      line.put("step", step);
      line.putAll(measured);
      log.write(line);
      progress.say("step", step, config.steps(), shown(measured));
    }
  }

  private static void checkFinite(long step, String what, double value) {
    if (!Double.isFinite(value)) {
      throw new IllegalStateException(
          message("step %d: %s is %s; stopped before the update", step, what, value));
    }
  }

  private void report(long step, Interval interval, MetricsLog log, Progress progress) {
    Map<String, Double> means = interval.means();
    double seconds = interval.seconds();
    double samples = interval.steps * (double) config.batchSize() / seconds;
    progress.say("step", step, config.steps(), shown(means) + message("  %.1f samples/s", samples));
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("step", step);
    line.putAll(means);
    line.put("learningRate", optimizer.config().rateAt(step, config.steps()));
    line.put("samplesPerSecond", samples);
    line.put("stepSeconds", seconds / interval.steps);
    log.write(line);
  }

  private static String shown(Map<String, Double> values) {
    return values.entrySet().stream()
        .map(value -> message("%s %.4f", value.getKey(), value.getValue()))
        .collect(Collectors.joining("  "));
  }

  /** The steps since the last report. */
  private static final class Interval {
    private final long start = System.nanoTime();
    private final Map<String, Double> sums = new LinkedHashMap<>();
    private int steps;

    void add(Map<String, Double> values) {
      values.forEach((name, value) -> sums.merge(name, value, Double::sum));
      steps++;
    }

    Map<String, Double> means() {
      Map<String, Double> means = new LinkedHashMap<>();
      sums.forEach((name, sum) -> means.put(name, sum / steps));
      return means;
    }

    double seconds() {
      return Math.max(1e-9, (System.nanoTime() - start) / 1e9);
    }
  }
}
