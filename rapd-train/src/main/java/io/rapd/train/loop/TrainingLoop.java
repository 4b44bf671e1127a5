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
  private final Ranks ranks;
  private final StepTimes times;
  private long step;
  private Optional<String> position = Optional.empty();
  private boolean updating;
  private boolean stopped;
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
    this(title, config, run, module, optimizer, exchange, Ranks.alone(), new StepTimes());
  }

  /**
   * As one of several processes, which all reach the same step; the first one writes.
   *
   * @param times to which objective and data add what they take
   */
  TrainingLoop(
      String title,
      LoopConfig config,
      TrainingRun run,
      Module module,
      Optimizer optimizer,
      GradientExchange exchange,
      Ranks ranks,
      StepTimes times) {
    this.ranks = ranks;
    this.times = times;
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
   * @throws IllegalStateException where more losses or gradient norms in a row are not finite than
   *     {@code skipNonFinite}, before the update
   * @throws StoppedException where a signal stops the run
   * @throws RuntimeException what objective or preview throw; as with the others, a checkpoint of
   *     the last whole step is written before
   */
  public long run(Objective objective, Preview preview, NDManager manager) {
    return run(objective, preview, HeldOut.NONE, Optional::empty, manager);
  }

  /**
   * The same with held-out measurements, and data whose position belongs into a checkpoint.
   *
   * @param dataPosition {@link io.rapd.train.data.Batches#position}
   */
  long run(
      Objective objective,
      Preview preview,
      HeldOut heldOut,
      Supplier<Optional<String>> dataPosition,
      NDManager manager) {
    step = run.step();
    try (CheckpointSaves saves = new CheckpointSaves(config, run, module, optimizer, ranks)) {
      try (Progress progress = new Progress(title);
          StopSignal stop = StopSignal.listen();
          MetricsLog log = ranks.isFirst() ? run.openLog() : MetricsLog.NONE) {
        LoopReports reports =
            new LoopReports(config, run, ranks, optimizer.config(), times, log, progress);
        train(objective, preview, heldOut, dataPosition, manager, stop, saves, reports);
        if (stopped) {
          throw ranks.agreed(
              new StoppedException(
                  stop.received().orElse("SIGTERM"),
                  "stopped after step " + step + "; continue with --resume"));
        }
      } catch (RuntimeException | Error e) {
        // The others of several ranks wait for this one, and cannot help to save.
        if (ranks.isAgreed(e) && e instanceof RuntimeException known) {
          saves.saveBefore(known, step, position, updating);
        }
        throw e;
      }
    }
    return step;
  }

  private void train(
      Objective objective,
      Preview preview,
      HeldOut heldOut,
      Supplier<Optional<String>> dataPosition,
      NDManager manager,
      StopSignal stop,
      CheckpointSaves saves,
      LoopReports reports) {
    long from = step;
    long deadline =
        config.maxMinutes() > 0
            ? System.nanoTime() + (long) (config.maxMinutes() * 60e9)
            : Long.MAX_VALUE;
    reports.begin(from);
    while (step < config.steps() && goesOn(step == from, deadline, stop)) {
      saves.requireNoFailure();
      Map<String, Double> losses = step(step + 1, objective, manager);
      step++;
      position = dataPosition.get(); // of this step, also where the next one fails in the middle
      reports.add(step, losses);
      if (isDue(config.logEvery()) || step == config.steps()) {
        reports.report(step);
      }
      if (isDue(heldOut.every())) {
        reports.measure(step, heldOut);
      }
      if (isDue(config.previewEvery())) {
        reports.show(step, preview);
      }
      if (isDue(config.checkpointEvery()) && step < config.steps()) {
        saves.saveBeside(step, position);
      }
    }
    reports.report(step); // where time or a signal ended the run between reports
    if (step > from) {
      if (config.previewEvery() > 0 && !isDue(config.previewEvery()) && !stopped) {
        reports.show(step, preview);
      }
      saves.save(step, position);
    }
  }

  private boolean isDue(int every) {
    return every > 0 && step % every == 0;
  }

  /** Whether there is another step: the first rank's clock counts, and a signal to any. */
  private boolean goesOn(boolean first, long deadline, StopSignal stop) {
    boolean late = !first && ranks.isFirst() && System.nanoTime() >= deadline;
    double[] ends = {stop.received().isPresent() ? 1 : 0, late ? 1 : 0};
    ranks.sum(ends);
    stopped = ends[0] > 0;
    return !stopped && ends[1] == 0;
  }

  /** Takes one step and returns its losses and the gradient norm; empty where it was skipped. */
  private Map<String, Double> step(long step, Objective objective, NDManager manager) {
    try (NDManager scope = manager.newSubManager()) {
      Map<String, Double> losses;
      try (GradMode recording = GradMode.enabled();
          StepTimes.Timing timing = times.ofObjective()) {
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
      try (ProcessorThreads few = ProcessorThreads.shared(config.workers());
          StepTimes.Timing timing = times.of(StepTimes.Phase.UPDATE)) {
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
}
