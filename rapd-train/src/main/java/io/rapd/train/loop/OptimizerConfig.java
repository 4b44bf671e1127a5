package io.rapd.train.loop;

import static io.rapd.core.config.Check.check;

import io.rapd.core.config.Default;
import io.rapd.core.torch.Precision;

/**
 * AdamW with gradient clipping and averaged weights.
 *
 * @param learningRate after warm-up; 1e-4 in the paper
 * @param finalRate learning rate of the last step; with the constant schedule equal to {@code
 *     learningRate}
 * @param warmupSteps over which the rate rises linearly from 0
 * @param beta1 0.9
 * @param beta2 0.95 for stage 2
 * @param epsilon 1e-8
 * @param weightDecay decoupled; 0
 * @param clipNorm largest global norm of the gradients; 1.0
 * @param averageDecay of the exponential moving average of the weights; 0.9999. 0 for no averaging,
 *     which also saves their memory
 * @param moments type in which AdamW's two moments are kept between steps. bfloat16 halves their
 *     memory; a step computes in float32 and rounds them (DeepSeek-V3 trained so). It needs {@code
 *     beta2} of at most 0.99, since a slower average moves by less than bfloat16 can tell apart
 * @param schedule how the rate falls after warm-up
 */
public record OptimizerConfig(
    double learningRate,
    double finalRate,
    int warmupSteps,
    double beta1,
    double beta2,
    double epsilon,
    double weightDecay,
    double clipNorm,
    double averageDecay,
    @Default("float32") Precision moments,
    @Default("cosine") Schedule schedule) {
  /** Values of bfloat16 are up to 2^-7 apart, relative to their size. */
  private static final double SLOWEST_BFLOAT16 = 0.99;

  public OptimizerConfig {
    check(learningRate > 0, "optimizer.learningRate must be positive, got %s", learningRate);
    check(
        finalRate >= 0 && finalRate <= learningRate,
        "optimizer.finalRate (%s) must be between 0 and learningRate (%s)",
        finalRate,
        learningRate);
    check(warmupSteps >= 0, "optimizer.warmupSteps must not be negative, got %d", warmupSteps);
    check(beta1 >= 0 && beta1 < 1, "optimizer.beta1 must be in [0, 1), got %s", beta1);
    check(beta2 >= 0 && beta2 < 1, "optimizer.beta2 must be in [0, 1), got %s", beta2);
    check(epsilon > 0, "optimizer.epsilon must be positive, got %s", epsilon);
    check(weightDecay >= 0, "optimizer.weightDecay must not be negative, got %s", weightDecay);
    check(clipNorm > 0, "optimizer.clipNorm must be positive, got %s", clipNorm);
    check(
        averageDecay >= 0 && averageDecay < 1,
        "optimizer.averageDecay must be in [0, 1), got %s",
        averageDecay);
    check(
        moments == Precision.FLOAT32 || Math.max(beta1, beta2) <= SLOWEST_BFLOAT16,
        "optimizer.moments bfloat16 needs optimizer.beta1 and beta2 of at most %s, got %s and %s",
        SLOWEST_BFLOAT16,
        beta1,
        beta2);
    check(
        schedule != Schedule.CONSTANT || finalRate == learningRate,
        "optimizer.finalRate (%s) must equal learningRate (%s) with the constant schedule",
        finalRate,
        learningRate);
  }

  /**
   * Checks that a run is at least as long as its warm-up.
   *
   * @throws IllegalArgumentException naming both numbers
   */
  public void requireWarmupWithin(LoopConfig loop) {
    check(
        loop.steps() >= warmupSteps,
        "loop.steps (%d) must be at least optimizer.warmupSteps (%d)",
        loop.steps(),
        warmupSteps);
  }

  /**
   * The learning rate of a step.
   *
   * @param step from 1
   * @param steps of the whole run
   */
  public double rateAt(long step, long steps) {
    if (step <= warmupSteps) {
      return learningRate * step / warmupSteps;
    }
    double progress = Math.min(1, (double) (step - warmupSteps) / Math.max(1, steps - warmupSteps));
    return finalRate + (learningRate - finalRate) * schedule.remaining(progress);
  }
}
