package io.rapd.train.loop;

import static io.rapd.core.text.Messages.message;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.rapd.core.nn.Module;
import io.rapd.core.torch.GradMode;
import io.rapd.core.torch.ProcessorThreads;
import io.rapd.train.command.Progress;
import io.rapd.train.command.StopSignal;
import io.rapd.train.command.StoppedException;
import io.rapd.train.data.StreamPosition;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** The step loop: objective, exchange, clipping, AdamW, averages, logs, previews, checkpoints. */
public final class TrainingLoop {
  private final String title;
  private final LoopConfig config;
  private final TrainingRun run;
  private final Module module;
  private final Optimizer optimizer;
  private final GradientExchange exchange;
  private final CheckpointWriter writer;
  private final Ranks ranks;
  private long step;
  private long saved;
  private Optional<String> position = Optional.empty();
  private String lastSaved = "";
  private boolean updating;
  private boolean stopped;
  private long exchanged;
  private int skippedInARow;

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
    this(title, config, run, module, optimizer, exchange, Ranks.alone());
  }

  /** As one of several processes, which all reach the same step; the first one writes. */
  TrainingLoop(
      String title,
      LoopConfig config,
      TrainingRun run,
      Module module,
      Optimizer optimizer,
      GradientExchange exchange,
      Ranks ranks) {
    this.ranks = ranks;
    this.title = title;
    this.config = config;
    this.run = run;
    this.module = module;
    this.optimizer = optimizer;
    this.exchange = exchange;
    this.writer = new CheckpointWriter(run, config);
  }

  /**
   * Trains from the run's newest checkpoint to the last step, or to the first step that ends after
   * {@code maxMinutes}.
   *
   * @param manager on the device of the parameters; holds as many arrays afterwards as before
   * @return the step reached, of which a checkpoint is written
   * @throws IllegalStateException where more losses or gradient norms in a row are not finite than
   *     {@code skipNonFinite}, before the update
   * @throws StoppedException where a signal stops the run
   * @throws RuntimeException what objective or preview throw; as with the others, a checkpoint of
   *     the last whole step is written before
   */
  public long run(Objective objective, Preview preview, NDManager manager) {
    return run(objective, preview, Optional::empty, manager);
  }

  /**
   * The same with data whose position belongs into a checkpoint.
   *
   * @param dataPosition {@link io.rapd.train.data.Batches#position}
   */
  long run(
      Objective objective,
      Preview preview,
      Supplier<Optional<String>> dataPosition,
      NDManager manager) {
    step = run.step();
    saved = step;
    try (writer;
        Progress progress = new Progress(title);
        StopSignal stop = StopSignal.listen()) {
      train(objective, preview, dataPosition, manager, progress, stop);
      if (stopped) {
        throw ranks.agreed(
            new StoppedException(
                stop.received().orElse("SIGTERM"),
                "stopped after step " + step + "; continue with --resume"));
      }
    } catch (RuntimeException | Error e) {
      // The others of several ranks wait for this one, and cannot help to save.
      if (ranks.isAgreed(e) && e instanceof RuntimeException known) {
        saveBefore(known);
      }
      throw e;
    }
    return step;
  }

  private void train(
      Objective objective,
      Preview preview,
      Supplier<Optional<String>> dataPosition,
      NDManager manager,
      Progress progress,
      StopSignal stop) {
    try (MetricsLog log = ranks.isFirst() ? run.openLog() : MetricsLog.NONE) {
      train(objective, preview, dataPosition, manager, progress, stop, log);
    }
  }

  private void train(
      Objective objective,
      Preview preview,
      Supplier<Optional<String>> dataPosition,
      NDManager manager,
      Progress progress,
      StopSignal stop,
      MetricsLog log) {
    long from = step;
    long deadline =
        config.maxMinutes() > 0
            ? System.nanoTime() + (long) (config.maxMinutes() * 60e9)
            : Long.MAX_VALUE;
    progress.say("step", from, config.steps(), "");
    Interval interval = new Interval();
    while (step < config.steps() && goesOn(step == from, deadline, stop)) {
      writer.requireNoFailure();
      interval.add(step(step + 1, objective, manager));
      step++;
      position = dataPosition.get(); // of this step, also where the next one fails in the middle
      progress.at("step", step, config.steps());
      if (step % config.logEvery() == 0 || step == config.steps()) {
        report(step, interval, log, progress);
        interval = new Interval();
      }
      if (config.previewEvery() > 0 && step % config.previewEvery() == 0) {
        show(step, preview, log, progress);
      }
      if (step % config.checkpointEvery() == 0 && step < config.steps()) {
        saveBeside();
      }
    }
    report(step, interval, log, progress); // where time or a signal ended the run between reports
    if (step > from) {
      boolean shown = step % Math.max(1, config.previewEvery()) == 0;
      if (config.previewEvery() > 0 && !shown && !stopped) {
        show(step, preview, log, progress);
      }
      save();
    }
  }

  /** Training goes on while the checkpoint is written, if the configuration says so. */
  private void saveBeside() {
    if (config.backgroundCheckpoints()) {
      gatherPosition();
      if (ranks.isFirst()) {
        writer.begin(Snapshot.of(module, optimizer, step, position));
      }
      saved = step;
    } else {
      save();
    }
  }

  private void save() {
    writer.await();
    if (step > saved) {
      gatherPosition();
      if (ranks.isFirst()) {
        lastSaved = run.save(Snapshot.of(module, optimizer, step, position), config).toString();
      }
      saved = step;
    }
  }

  /** The first rank writes where the streams of all are. */
  private void gatherPosition() {
    if (ranks.count() > 1) {
      position = position.map(own -> StreamPosition.merged(ranks.gather(own)));
    }
  }

  /** Whether there is another step: the first rank's clock counts, and a signal to any. */
  private boolean goesOn(boolean first, long deadline, StopSignal stop) {
    boolean late = !first && ranks.isFirst() && System.nanoTime() >= deadline;
    double[] ends = {stop.received().isPresent() ? 1 : 0, late ? 1 : 0};
    ranks.sum(ends);
    stopped = ends[0] > 0;
    return !stopped && ends[1] == 0;
  }

  /** A run that has to stop keeps its last whole step. */
  private void saveBefore(RuntimeException stop) {
    try {
      writer.await();
    } catch (RuntimeException e) {
      stop.addSuppressed(e);
    }
    if (updating) {
      return; // parameters and moments may be of different steps
    }
    try {
      if (ranks.count() == 1) { // several ranks must agree on whether they save
        saved = run.step(); // a checkpoint whose writing failed does not count
      }
      save();
      if (!lastSaved.isEmpty()) {
        System.err.println("saved " + lastSaved);
      }
    } catch (RuntimeException e) {
      stop.addSuppressed(e);
    }
  }

  /** Takes one step and returns its losses and the gradient norm; empty where it was skipped. */
  private Map<String, Double> step(long step, Objective objective, NDManager manager) {
    try (NDManager scope = manager.newSubManager()) {
      Map<String, Double> losses;
      try (GradMode recording = GradMode.enabled()) {
        losses = new LinkedHashMap<>(objective.gradients(step, scope));
      }
      Map<String, NDArray> gradients = optimizer.gradients(scope);
      share(losses);
      Optional<String> wrong = notFinite("loss ", losses);
      if (wrong.isPresent()) {
        return skip(step, wrong.get());
      }
      exchange.exchange(gradients);
      // Networks that need several workers have small parameters: few threads update them faster.
      try (ProcessorThreads few = ProcessorThreads.shared(config.workers())) {
        double norm = optimizer.clip(gradients);
        wrong = notFinite("", Map.of("gradient norm", norm));
        if (wrong.isPresent()) {
          return skip(step, wrong.get());
        }
        updating = true;
        optimizer.update(gradients, step, optimizer.config().rateAt(step, config.steps()), scope);
        updating = false;
        losses.put("gradientNorm", norm);
      }
      skippedInARow = 0;
      return losses;
    }
  }

  /** The means over the samples of all ranks. */
  private void share(Map<String, Double> losses) {
    if (ranks.count() > 1) {
      double weight = ranks.weight(config.batchSize());
      double[] values = losses.values().stream().mapToDouble(value -> weight * value).toArray();
      ranks.sum(values);
      int at = 0;
      for (Map.Entry<String, Double> loss : losses.entrySet()) {
        loss.setValue(values[at++]);
      }
    }
  }

  private static Optional<String> notFinite(String prefix, Map<String, Double> values) {
    return values.entrySet().stream()
        .filter(value -> !Double.isFinite(value.getValue()))
        .map(value -> prefix + value.getKey() + " is " + value.getValue())
        .findFirst();
  }

  private Map<String, Double> skip(long step, String wrong) {
    if (skippedInARow == config.skipNonFinite()) {
      throw ranks.agreed(
          new IllegalStateException("step " + step + ": " + wrong + "; stopped before the update"));
    }
    skippedInARow++;
    System.err.println(
        message(
            "step %d: %s; step skipped (%d in a row, at most %d)",
            step, wrong, skippedInARow, config.skipNonFinite()));
    optimizer.zeroGradients();
    return Map.of();
  }

  private void show(long step, Preview preview, MetricsLog log, Progress progress) {
    if (!ranks.isFirst()) {
      return;
    }
    Map<String, Double> measured = preview.at(step);
    log.image(step, run.preview(step));
    if (!measured.isEmpty()) {
      log.write(step, measured);
      progress.say("step", step, config.steps(), Interval.shown(measured));
    }
  }

  private void report(long step, Interval interval, MetricsLog log, Progress progress) {
    if (interval.steps() == 0) {
      return; // every step was skipped, or has been reported
    }
    Map<String, Double> means = interval.means();
    double seconds = interval.seconds();
    double samples = interval.steps() * (double) config.batchSize() / seconds;
    progress.say(
        "step", step, config.steps(), Interval.shown(means) + message("  %.1f samples/s", samples));
    Map<String, Double> line = new LinkedHashMap<>(means);
    line.put("learningRate", optimizer.config().rateAt(step, config.steps()));
    line.put("samplesPerSecond", samples);
    line.put("stepSeconds", seconds / interval.steps());
    if (ranks.count() > 1) {
      line.put("ranks", (double) ranks.count());
      line.put("exchangeSeconds", (ranks.exchangeNanos() - exchanged) / 1e9 / interval.steps());
      exchanged = ranks.exchangeNanos();
    }
    log.write(step, line);
  }
}
