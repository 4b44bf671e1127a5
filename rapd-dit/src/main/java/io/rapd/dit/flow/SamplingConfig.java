package io.rapd.dit.flow;

import static io.rapd.core.config.Check.check;

/**
 * How latents are sampled unless the caller says otherwise.
 *
 * @param steps of Euler's method, n; 25 in the paper
 * @param guidance classifier-free guidance; scale 4
 */
public record SamplingConfig(int steps, Guidance guidance) {
  /** Validates. */
  public SamplingConfig {
    check(steps >= 1 && steps <= 10_000, "sampling.steps must be from 1 to 10000, got %d", steps);
  }
}
