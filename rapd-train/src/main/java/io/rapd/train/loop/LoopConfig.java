package io.rapd.train.loop;

import static io.rapd.core.config.Check.check;

import io.rapd.core.config.Default;

/**
 * How long to train and what to write on the way.
 *
 * @param steps of the whole run
 * @param batchSize images per step
 * @param workers micro-batches that run at once on a CPU, each with its share of the threads and
 *     gradients of its own; for networks too small to keep several cores busy. A GPU runs one
 *     micro-batch at a time
 * @param seed of everything random
 * @param logEvery steps between lines of {@code metrics.jsonl}
 * @param checkpointEvery steps between checkpoints; the last step always has one
 * @param keepCheckpoints how many checkpoints to keep, the newest
 * @param previewEvery steps between previews; 0 for none
 * @param maxMinutes ends the run early, with a checkpoint; 0 for no limit
 * @param skipNonFinite how many steps in a row may be skipped, without an update, because a loss or
 *     the gradient norm is not finite; the next one stops the run
 * @param keepEvery also keeps every M-th checkpoint, those whose step is a multiple of M *
 *     checkpointEvery; 0 for none
 * @param backgroundCheckpoints whether a copy of weights, moments and averages is written while
 *     training goes on; the copy takes 16 bytes of main memory per parameter. Otherwise the step
 *     waits
 */
public record LoopConfig(
    int steps,
    int batchSize,
    int workers,
    long seed,
    int logEvery,
    int checkpointEvery,
    int keepCheckpoints,
    int previewEvery,
    double maxMinutes,
    @Default("0") int skipNonFinite,
    @Default("0") int keepEvery,
    @Default("true") boolean backgroundCheckpoints) {
  public LoopConfig {
    check(steps > 0, "loop.steps must be positive, got %d", steps);
    check(batchSize > 0, "loop.batchSize must be positive, got %d", batchSize);
    check(workers > 0, "loop.workers must be positive, got %d", workers);
    check(logEvery > 0, "loop.logEvery must be positive, got %d", logEvery);
    check(checkpointEvery > 0, "loop.checkpointEvery must be positive, got %d", checkpointEvery);
    check(keepCheckpoints > 0, "loop.keepCheckpoints must be positive, got %d", keepCheckpoints);
    check(keepEvery >= 0, "loop.keepEvery must not be negative, got %d", keepEvery);
    check(previewEvery >= 0, "loop.previewEvery must not be negative, got %d", previewEvery);
    check(maxMinutes >= 0, "loop.maxMinutes must not be negative, got %s", maxMinutes);
    check(skipNonFinite >= 0, "loop.skipNonFinite must not be negative, got %d", skipNonFinite);
  }

  /** Whether a checkpoint is kept beside the newest ones. */
  boolean keeps(long step) {
    return keepEvery > 0 && step % ((long) keepEvery * checkpointEvery) == 0;
  }
}
