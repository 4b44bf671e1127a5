package io.rapd.train.loop;

import ai.djl.ndarray.NDArray;
import java.util.Map;

/** Averages gradients over processes, between the backward pass and the optimiser. */
@FunctionalInterface
public interface GradientExchange {
  /** Changes the gradients in place. */
  void exchange(Map<String, NDArray> gradients);

  /** For a single process. */
  static GradientExchange identity() {
    return gradients -> {};
  }
}
