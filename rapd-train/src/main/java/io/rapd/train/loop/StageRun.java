package io.rapd.train.loop;

import static io.rapd.core.config.Check.check;
import static io.rapd.core.text.Messages.message;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import io.rapd.core.checkpoint.TrainedModel;
import io.rapd.core.nn.Module;
import io.rapd.core.torch.Devices;
import io.rapd.core.torch.NativeRuntime;
import io.rapd.core.torch.Precision;
import io.rapd.train.command.StoppedException;
import io.rapd.train.data.Batches;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;

/**
 * A training run of either stage, from a configuration to a model folder: restores or initialises
 * the network, trains it, previews it and writes the model.
 *
 * @param config written to the run's folder and to each checkpoint
 * @param exchange applied to the gradients of every step
 * @param ranks the processes that train together
 */
public record StageRun(StageConfig config, Device device, GradientExchange exchange, Ranks ranks) {
  /** In which the networks of the run compute. */
  public Precision precision() {
    return config.precision().on(device);
  }

  /**
   * Compares the configurations of all ranks; the first thing of a run.
   *
   * @throws IllegalArgumentException naming the rank and the field that differ, or where there are
   *     more ranks than samples in a batch
   */
  public void requireSameConfiguration() {
    new RankAgreement(ranks).require(config);
  }

  /**
   * Trains to the last step and writes the model.
   *
   * @param out the run's folder
   * @param resume whether to go on from its newest checkpoint
   * @param open loads what the stage needs on the device
   * @return the model folder, {@code out/model}
   * @throws IllegalArgumentException naming the file or field that does not fit
   * @throws IllegalStateException where a loss is not finite
   * @throws StoppedException where a signal stopped the run, after a checkpoint
   */
  public <M extends Module, B> Path run(
      Path out, boolean resume, Function<NDManager, ? extends Stage<M, B>> open) {
    try (NDManager manager = NativeRuntime.newManager(device)) {
      Stage<M, B> stage = ranks.together(() -> requireUsable(open.apply(manager), out));
      new RankAgreement(ranks).require(stage.inputs());
      try (TrainingRun run = open(out, resume, stage.inputs())) {
        return run(stage, run, manager);
      }
    } catch (RuntimeException | Error e) {
      if (!ranks.isAgreed(e)) {
        ranks.failed(e);
      }
      throw e;
    }
  }

  private <M extends Module, B> Stage<M, B> requireUsable(Stage<M, B> stage, Path out) {
    requireWholeBatch(stage.samples());
    if (TrainingRun.configOfNewest(out).isEmpty()) {
      requireInit(stage);
    }
    return stage;
  }

  /** Streams are counted only as they are read. */
  private void requireWholeBatch(int samples) {
    check(
        config.data().stream().streams() > 0 || config.loop().batchSize() <= samples,
        "loop.batchSize (%d) must not exceed the number of training samples in %s, %d",
        config.loop().batchSize(),
        config.data().location(),
        samples);
  }

  /** Before the run's folder is there. */
  private static <M extends Module> void requireInit(Stage<M, ?> stage) {
    stage
        .init()
        .ifPresent(
            path -> {
              try (InitialWeights weights = InitialWeights.open(path, stage.child())) {
                weights.requireFit(stage.network().parameters());
              }
            });
  }

  private <M extends Module> Optimizer start(
      Stage<M, ?> stage, TrainingRun run, M network, NDManager manager) {
    Optional<Path> init = run.step() > 0 ? Optional.empty() : stage.init();
    if (init.isEmpty()) {
      return run.restoreOrInitialize(network, config.optimizer(), config.loop().seed(), manager);
    }
    try (InitialWeights weights = InitialWeights.open(init.get(), stage.child())) {
      return weights.start(network, config.optimizer(), config.loop().seed(), manager);
    }
  }

  /** The first rank opens the folder and holds its lock; then the others read it. */
  private TrainingRun open(Path out, boolean resume, Map<String, Input> inputs) {
    Optional<TrainingRun> own =
        ranks.together(
            () ->
                ranks.isFirst()
                    ? Optional.of(TrainingRun.open(out, config, inputs, resume))
                    : Optional.empty());
    TrainingRun run =
        ranks.together(() -> own.orElseGet(() -> TrainingRun.follow(out, config, inputs, resume)));
    new RankAgreement(ranks).require("the newest checkpoint's step", String.valueOf(run.step()));
    return run;
  }

  private <M extends Module, B> Path run(Stage<M, B> stage, TrainingRun run, NDManager manager) {
    LoopConfig loop = config.loop();
    M network = stage.network();
    RunDescription.lines(config, device).forEach(System.err::println);
    System.err.println(
        message(
            "parameters   %,d trained; %,d samples to choose from",
            network.parameterCount(), stage.samples()));
    Optimizer optimizer = ranks.together(() -> start(stage, run, network, manager));
    AtomicLong read = new AtomicLong(stage.samples());
    SkippedSamples skipped =
        SkippedSamples.open(
            run.folder(), config.data().maxUnreadable(), read::get, ranks.share().index());
    StageModel model = stage.model(network, optimizer, skipped);
    String others = ranks.count() == 1 ? "" : message(", %d ranks", ranks.count());
    String title =
        stage.name() + " on " + Devices.name(device) + ", " + precision().on(device) + others;
    StepTimes times = new StepTimes();
    long step;
    try (Batches<B> batches =
            ranks.together(() -> stage.batches(run.step() + 1, run.dataPosition(), skipped));
        Workers<M> workers =
            new Workers<>(network, loop.workers(), device, stage::network, times)) {
      step =
          new TrainingLoop(title, loop, run, network, optimizer, exchange, ranks, times)
              .run(
                  (at, scope) -> {
                    if (config.data().stream().streams() > 0) {
                      read.accumulateAndGet(at * loop.batchSize(), Math::max);
                    }
                    return stage.gradients(at, next(batches, times), workers, scope);
                  },
                  at -> model.preview(run.preview(at)),
                  model,
                  batches::position,
                  manager);
    }
    Path folder = TrainedModel.ofRun(run.folder());
    long last = step;
    model.complete();
    ranks.together(
        () -> {
          if (ranks.isFirst()) {
            model.write(folder, last);
          }
          return folder;
        });
    skipped.report();
    return folder;
  }

  private static <B> B next(Batches<B> batches, StepTimes times) {
    try (StepTimes.Timing waiting = times.of(StepTimes.Phase.DATA)) {
      return batches.next();
    }
  }
}
