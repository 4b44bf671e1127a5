package io.rapd.eval.bench;

import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;

/**
 * The runs of a task.
 *
 * @param seconds ascending, at least one
 * @param peak the highest resident memory of the process during its first run, in bytes; empty
 *     where the system does not tell
 */
public record BenchResult(BenchTask task, List<Double> seconds, OptionalLong peak) {
  static BenchResult of(BenchTask task, double[] seconds, OptionalLong peak) {
    return new BenchResult(task, Arrays.stream(seconds).sorted().boxed().toList(), peak);
  }

  /** The middle run; of two the slower. */
  public double median() {
    return seconds.get(seconds.size() / 2);
  }

  double fastest() {
    return seconds.get(0);
  }

  double slowest() {
    return seconds.get(seconds.size() - 1);
  }
}
