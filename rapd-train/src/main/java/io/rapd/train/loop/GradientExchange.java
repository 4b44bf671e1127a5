package io.rapd.train.loop;

import ai.djl.ndarray.NDArray;
import java.util.Map;

/** Sums gradients over processes, between the backward pass and the optimiser. */
@FunctionalInterface
public interface GradientExchange {
  /** Changes the gradients in place. */
  void exchange(Map<String, NDArray> gradients);

  /**
   * Over ranks, of which each has the mean gradient of its own samples; the result is the mean over
   * the batch.
   */
  static GradientExchange over(Ranks ranks, LoopConfig loop) {
    return ranks.count() == 1
        ? identity()
        : new GradientBuckets(ranks, ranks.weight(loop.batchSize()));
  }

  /** For a single process. */
  static GradientExchange identity() {
    return gradients -> {};
  }
}
