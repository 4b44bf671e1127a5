package io.rapd.dit.flow;

import static io.rapd.core.config.Check.check;

import com.fasterxml.jackson.annotation.JsonAlias;

/**
 * The flow matching objective.
 *
 * @param timeShift s of {@link TimeShift}; 32 in the paper, for latents of 512 x 512 x 16
 * @param timestepMean mu of {@link TimestepDistribution}; 0 here, -0.8 in PixelGen, which trains
 *     without a shift
 * @param timestepStd sigma of {@link TimestepDistribution}; 1 here, 0.8 in PixelGen
 * @param parameterization what the network predicts: {@code velocity} or {@code data}
 * @param promptDropout probability that a training prompt is replaced by the empty one, in [0, 1);
 *     0.1
 */
public record FlowConfig(
    double timeShift,
    double timestepMean,
    @JsonAlias("timestepDeviation") double timestepStd,
    String parameterization,
    double promptDropout) {
  public FlowConfig {
    check(timeShift > 0, "flow.timeShift must be positive, got %s", timeShift);
    check(timestepStd >= 0, "flow.timestepStd must not be negative, got %s", timestepStd);
    check(
        promptDropout >= 0 && promptDropout < 1,
        "flow.promptDropout must be in [0, 1), got %s",
        promptDropout);
    check(
        parameterization.equals("velocity") || parameterization.equals("data"),
        "flow.parameterization must be velocity or data, got \"%s\"",
        parameterization);
  }

  public TimeShift shift() {
    return new TimeShift(timeShift);
  }

  public TimestepDistribution timesteps() {
    return new TimestepDistribution(timestepMean, timestepStd);
  }

  /** What the network's output means. */
  public Parameterization prediction() {
    return Parameterization.ofLabel(parameterization);
  }
}
