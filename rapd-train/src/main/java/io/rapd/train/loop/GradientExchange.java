package io.rapd.train.loop;

import ai.djl.ndarray.NDArray;
import java.util.Map;

/** Where gradients of several processes would be averaged, between backward and the optimiser. */
@FunctionalInterface
public interface GradientExchange {
  /** Changes the gradients in place. */
  void exchange(Map<String, NDArray> gradients);

  /** One process alone. */
  static GradientExchange identity() {
    return gradients -> {};
  }
}
