package io.rapd.dit.flow;

import static io.rapd.core.config.Check.check;

/**
 * Moves times towards the noise end: t' = t / (t + (1-t) s), in both training and sampling. The
 * paper shifts by 32, because its latents are large.
 *
 * @param shift s, positive; 1 changes nothing
 */
public record TimeShift(double shift) {
  public TimeShift {
    check(shift > 0 && Double.isFinite(shift), "timeShift must be positive, got %s", shift);
  }

  /**
   * The shifted time.
   *
   * @param time in [0, 1]
   * @throws IllegalArgumentException if the time is outside [0, 1]
   */
  public double apply(double time) {
    check(time >= 0 && time <= 1, "time must lie in [0, 1], got %s", time);
    return time / (time + (1 - time) * shift);
  }

  /** The times of a solver: {@code steps + 1} increasing values from 0 to 1. */
  public double[] timesteps(int steps) {
    check(steps >= 1, "steps must be at least 1, got %d", steps);
    double[] times = new double[steps + 1];
    for (int k = 0; k <= steps; k++) {
      times[k] = apply((double) k / steps);
    }
    return times;
  }
}
