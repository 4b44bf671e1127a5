package io.rapd.infer;

import io.rapd.dit.flow.Guidance;
import io.rapd.dit.flow.NoiseSource;
import io.rapd.dit.flow.SamplingConfig;
import io.rapd.dit.flow.SolverType;

/**
 * How a field is generated. {@link TextToImage#defaults()} returns the options recorded in a model.
 *
 * @param seed of the noise: the same seed and prompt give the same field
 * @param sampling steps, guidance, solver and source of the noise
 * @param negativePrompt what guidance steers away from; empty for plain classifier-free guidance
 */
public record GenerationOptions(long seed, SamplingConfig sampling, String negativePrompt) {
  public GenerationOptions withSeed(long other) {
    return new GenerationOptions(other, sampling, negativePrompt);
  }

  /**
   * With another number of steps.
   *
   * @throws IllegalArgumentException unless 1 to 10,000
   */
  public GenerationOptions withSteps(int steps) {
    return withSampling(sampling.withSteps(steps));
  }

  /**
   * With another guidance scale; the guided times stay.
   *
   * @throws IllegalArgumentException if it is negative or not finite
   */
  public GenerationOptions withGuidance(double scale) {
    Guidance before = sampling.guidance();
    Guidance guidance = new Guidance(scale, before.minimum(), before.maximum());
    return withSampling(sampling.withGuidance(guidance));
  }

  public GenerationOptions withSolver(SolverType solver) {
    return withSampling(sampling.withSolver(solver));
  }

  public GenerationOptions withNoise(NoiseSource noise) {
    return withSampling(sampling.withNoise(noise));
  }

  private GenerationOptions withSampling(SamplingConfig other) {
    return new GenerationOptions(seed, other, negativePrompt);
  }

  public GenerationOptions withNegativePrompt(String other) {
    return new GenerationOptions(seed, sampling, other);
  }
}
