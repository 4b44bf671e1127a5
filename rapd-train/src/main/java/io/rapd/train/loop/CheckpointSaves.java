package io.rapd.train.loop;

import io.rapd.core.nn.Module;
import io.rapd.train.data.StreamPosition;
import java.util.Optional;

/**
 * The checkpoints of a training loop: when they are written and of which step the last one is. Of
 * several ranks the first one writes; all call the same methods.
 */
final class CheckpointSaves implements AutoCloseable {
  private final LoopConfig config;
  private final TrainingRun run;
  private final Module module;
  private final Optimizer optimizer;
  private final Ranks ranks;
  private final CheckpointWriter writer;
  private long saved;
  private String last = "";

  /**
   * @param module what a checkpoint holds; the optimiser has its trained parameters
   */
  CheckpointSaves(
      LoopConfig config, TrainingRun run, Module module, Optimizer optimizer, Ranks ranks) {
    this.config = config;
    this.run = run;
    this.module = module;
    this.optimizer = optimizer;
    this.ranks = ranks;
    writer = new CheckpointWriter(run, config);
    saved = run.step();
  }

  /**
   * Does not wait.
   *
   * @throws RuntimeException what writing a checkpoint threw, if it has failed; once
   */
  void requireNoFailure() {
    writer.requireNoFailure();
  }

  /**
   * Saves while training goes on, if the configuration says so.
   *
   * @param position of streamed data after the step
   */
  void saveBeside(long step, Optional<String> position) {
    if (!config.backgroundCheckpoints()) {
      save(step, position);
      return;
    }
    Optional<String> all = gathered(position);
    if (ranks.isFirst()) {
      writer.begin(Snapshot.of(module, optimizer, step, all));
    }
    saved = step;
  }

  /** Saves unless the step has been saved, after the one that is being written. */
  void save(long step, Optional<String> position) {
    writer.await();
    if (step > saved) {
      Optional<String> all = gathered(position);
      if (ranks.isFirst()) {
        last = run.save(Snapshot.of(module, optimizer, step, all), config).toString();
      }
      saved = step;
    }
  }

  /**
   * Saves the last whole step of a run that has to stop; what fails meanwhile is added to the
   * reason.
   *
   * @param updating whether it stopped in the middle of an update: nothing is saved then, since
   *     parameters and moments may be of different steps
   */
  void saveBefore(RuntimeException reason, long step, Optional<String> position, boolean updating) {
    try {
      writer.await();
    } catch (RuntimeException e) {
      reason.addSuppressed(e);
    }
    if (updating) {
      return;
    }
    try {
      if (ranks.count() == 1) { // several ranks must agree on whether they save
        saved = run.step(); // a checkpoint whose writing failed does not count
      }
      save(step, position);
      if (!last.isEmpty()) {
        System.err.println("saved " + last);
      }
    } catch (RuntimeException e) {
      reason.addSuppressed(e);
    }
  }

  /** The first rank writes where the streams of all are. */
  private Optional<String> gathered(Optional<String> position) {
    return ranks.count() == 1
        ? position
        : position.map(own -> StreamPosition.merged(ranks.gather(own)));
  }

  /** Lets a checkpoint that is being written end. */
  @Override
  public void close() {
    writer.close();
  }
}
