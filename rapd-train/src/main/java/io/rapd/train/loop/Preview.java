package io.rapd.train.loop;

import java.util.Map;

/** Shows how far a run has come: writes images, measures on held-out data. */
@FunctionalInterface
public interface Preview {
  /**
   * Shows the state after a step. Must leave parameters, gradients and the number of arrays as they
   * are.
   *
   * @return what was measured, by name; goes to {@code metrics.jsonl}
   */
  Map<String, Double> at(long step);
}
