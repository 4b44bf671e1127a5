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
 * @param timeShift s of {@link TimeShift} in sampling; 0 takes {@code flow.timeShift}, as the paper
 *     does
 */
public record SamplingConfig(
    int steps,
    Guidance guidance,
    @Default("\"euler\"") SolverType solver,
    @Default("\"random_stream\"") NoiseSource noise,
    @Default("0") double timeShift) {
  public SamplingConfig {
    check(
        timeShift >= 0 && Double.isFinite(timeShift),
        "sampling.timeShift must be 0 or positive, got %s",
        timeShift);
    check(steps >= 1 && steps <= 10_000, "sampling.steps must be from 1 to 10000, got %d", steps);
  }

  /** Euler's method, noise of {@link NoiseSource#RANDOM_STREAM}. */
  public SamplingConfig(int steps, Guidance guidance) {
    this(steps, guidance, SolverType.EULER, NoiseSource.RANDOM_STREAM);
  }

  /** With the time shift of training. */
  public SamplingConfig(int steps, Guidance guidance, SolverType solver, NoiseSource noise) {
    this(steps, guidance, solver, noise, 0);
  }

  /** The {@code steps + 1} times of the solver, from 0 to 1. */
  public double[] timesteps(FlowConfig flow) {
    return shift(flow).timesteps(steps);
  }

  /** The time shift of sampling. */
  TimeShift shift(FlowConfig flow) {
    return timeShift > 0 ? new TimeShift(timeShift) : flow.shift();
  }

  public SamplingConfig withSteps(int other) {
    return new SamplingConfig(other, guidance, solver, noise, timeShift);
  }

  public SamplingConfig withGuidance(Guidance other) {
    return new SamplingConfig(steps, other, solver, noise, timeShift);
  }

  public SamplingConfig withSolver(SolverType other) {
    return new SamplingConfig(steps, guidance, other, noise, timeShift);
  }

  public SamplingConfig withNoise(NoiseSource other) {
    return new SamplingConfig(steps, guidance, solver, other, timeShift);
  }
}
