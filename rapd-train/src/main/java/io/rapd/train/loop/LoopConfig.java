package io.rapd.train.loop;

import static io.rapd.core.config.Check.check;

/**
 * How long to train and what to write meanwhile.
 *
 * @param steps of the whole run
 * @param batchSize images a step
 * @param workers parts of a batch that are computed at once, each on its share of the processor's
 *     threads and with gradients of its own: for networks too small to keep several cores busy one
 *     operator at a time; a GPU takes one part after another
 * @param seed from which everything random comes
 * @param logEvery steps between lines of {@code metrics.jsonl}
 * @param checkpointEvery steps between checkpoints; one is always written at the end
 * @param keepCheckpoints how many of the newest stay
 * @param previewEvery steps between preview images; 0 for none
 * @param maxMinutes ends the run early, with a checkpoint; 0 for no limit
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
    double maxMinutes) {
  /** Validates. */
  public LoopConfig {
    check(steps > 0, "loop.steps must be positive, got %d", steps);
    check(batchSize > 0, "loop.batchSize must be positive, got %d", batchSize);
    check(workers > 0, "loop.workers must be positive, got %d", workers);
    check(logEvery > 0, "loop.logEvery must be positive, got %d", logEvery);
    check(checkpointEvery > 0, "loop.checkpointEvery must be positive, got %d", checkpointEvery);
    check(keepCheckpoints > 0, "loop.keepCheckpoints must be positive, got %d", keepCheckpoints);
    check(previewEvery >= 0, "loop.previewEvery must not be negative, got %d", previewEvery);
    check(maxMinutes >= 0, "loop.maxMinutes must not be negative, got %s", maxMinutes);
  }
}
