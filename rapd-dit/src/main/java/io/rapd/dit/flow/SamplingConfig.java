package io.rapd.dit.flow;

import static io.rapd.core.config.Check.check;

import io.rapd.core.config.Default;

/**
 * The default way to sample latents, recorded in the model.
 *
 * @param steps number of solver steps, 1 to 10,000; 25 in the paper
 * @param guidance classifier-free guidance; scale 4 in the paper
 * @param solver integrates the velocity; Euler's method in the paper
 * @param noise how the seed becomes noise
 */
public record SamplingConfig(
    int steps,
    Guidance guidance,
    @Default("\"euler\"") SolverType solver,
    @Default("\"random_stream\"") NoiseSource noise) {
  public SamplingConfig {
    check(steps >= 1 && steps <= 10_000, "sampling.steps must be from 1 to 10000, got %d", steps);
  }

  /** Euler's method, noise of {@link NoiseSource#RANDOM_STREAM}. */
  public SamplingConfig(int steps, Guidance guidance) {
    this(steps, guidance, SolverType.EULER, NoiseSource.RANDOM_STREAM);
  }

  public SamplingConfig withSteps(int other) {
    return new SamplingConfig(other, guidance, solver, noise);
  }

  public SamplingConfig withGuidance(Guidance other) {
    return new SamplingConfig(steps, other, solver, noise);
  }

  public SamplingConfig withSolver(SolverType other) {
    return new SamplingConfig(steps, guidance, other, noise);
  }

  public SamplingConfig withNoise(NoiseSource other) {
    return new SamplingConfig(steps, guidance, solver, other);
  }
}
