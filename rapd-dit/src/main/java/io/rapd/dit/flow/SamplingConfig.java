package io.rapd.dit.flow;

import static io.rapd.core.config.Check.check;

/**
 * The default way to sample latents, recorded in the model.
 *
 * @param steps number of Euler steps, 1 to 10,000; 25 in the paper
 * @param guidance classifier-free guidance; scale 4 in the paper
 */
public record SamplingConfig(int steps, Guidance guidance) {
  public SamplingConfig {
    check(steps >= 1 && steps <= 10_000, "sampling.steps must be from 1 to 10000, got %d", steps);
  }

  /** The integrator of the velocity. */
  Solver solver() {
    return new EulerSolver();
  }
}
