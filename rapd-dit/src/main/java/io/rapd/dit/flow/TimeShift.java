package io.rapd.dit.flow;

import static io.rapd.core.config.Check.check;

/**
 * Moves times towards the noise end: t' = t / (t + (1-t) s). The paper shifts by 32, in both
 * training and sampling, because its latents are large.
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

  /** The time that {@link #apply} maps to {@code shifted}, in [0, 1]. */
  public double invert(double shifted) {
    check(shifted >= 0 && shifted <= 1, "time must lie in [0, 1], got %s", shifted);
    return shifted * shift / (1 + shifted * (shift - 1));
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
