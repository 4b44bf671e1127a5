package io.rapd.train.loop;

import java.util.Map;

/** Shows the state of a run after a step. Leaves parameters, gradients and arrays unchanged. */
@FunctionalInterface
public interface Preview {
  /** Returns measurements by name, for {@code metrics.jsonl}. */
  Map<String, Double> at(long step);
}
