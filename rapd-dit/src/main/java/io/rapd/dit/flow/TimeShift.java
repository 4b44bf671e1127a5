package io.rapd.dit.flow;

/**
 * Moves times towards the noise end: t' = t / (t + (1-t) s), used alike in training and sampling.
 * The paper shifts by 32 since its latents are large.
 *
 * @param shift s, positive; 1 leaves times as they are
 */
public record TimeShift(double shift) {
  /** Checks that the shift is positive and finite. */
  public TimeShift {
    if (!(shift > 0) || Double.isInfinite(shift)) {
      throw new IllegalArgumentException("timeShift must be positive, got " + shift);
    }
  }

  /**
   * The shifted time.
   *
   * @param time in [0, 1]
   * @throws IllegalArgumentException for another time
   */
  public double apply(double time) {
    if (!(time >= 0 && time <= 1)) {
      throw new IllegalArgumentException("time must lie in [0, 1], got " + time);
    }
    return time / (time + (1 - time) * shift);
  }

  /** The times of a sampler that takes so many steps: {@code steps + 1} values from 0 to 1. */
  public double[] timesteps(int steps) {
    if (steps < 1) {
      throw new IllegalArgumentException("steps must be at least 1, got " + steps);
    }
    double[] times = new double[steps + 1];
    for (int k = 0; k <= steps; k++) {
      times[k] = apply((double) k / steps);
    }
    return times;
  }
}
