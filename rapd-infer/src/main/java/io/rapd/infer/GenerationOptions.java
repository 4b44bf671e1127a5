package io.rapd.infer;

import io.rapd.dit.flow.Guidance;
import io.rapd.dit.flow.SamplingConfig;

/**
 * How a field is generated. {@link TextToImage#defaults()} gives those that the model was trained
 * for.
 *
 * @param seed of the noise: the same seed and prompt give the same field
 * @param sampling steps and guidance
 * @param negativePrompt what guidance leads away from; empty for plain classifier-free guidance
 */
public record GenerationOptions(long seed, SamplingConfig sampling, String negativePrompt) {
  /** With another seed. */
  public GenerationOptions withSeed(long other) {
    return new GenerationOptions(other, sampling, negativePrompt);
  }

  /**
   * With so many steps.
   *
   * @throws IllegalArgumentException unless 1 to 10,000
   */
  public GenerationOptions withSteps(int steps) {
    return new GenerationOptions(
        seed, new SamplingConfig(steps, sampling.guidance()), negativePrompt);
  }

  /**
   * With a guidance of that scale at the same times as before.
   *
   * @throws IllegalArgumentException where it is negative or not finite
   */
  public GenerationOptions withGuidance(double scale) {
    Guidance before = sampling.guidance();
    Guidance guidance = new Guidance(scale, before.minimum(), before.maximum());
    return new GenerationOptions(
        seed, new SamplingConfig(sampling.steps(), guidance), negativePrompt);
  }

  /** With another negative prompt. */
  public GenerationOptions withNegativePrompt(String other) {
    return new GenerationOptions(seed, sampling, other);
  }
}
