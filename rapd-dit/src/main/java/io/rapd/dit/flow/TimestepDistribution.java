package io.rapd.dit.flow;

import io.rapd.core.torch.RandomStream;

/**
 * The distribution of training times before the shift: t = sigmoid(N(mean, std²)).
 *
 * @param mean mu; PixelGen's is -0.8
 * @param std sigma, not negative; PixelGen's is 0.8
 */
public record TimestepDistribution(double mean, double std) {
  /** Checks that both are finite and the std is not negative. */
  public TimestepDistribution {
    if (!Double.isFinite(mean)) {
      throw new IllegalArgumentException("timestepDistribution.mean must be finite, got " + mean);
    }
    if (!(std >= 0) || Double.isInfinite(std)) {
      throw new IllegalArgumentException(
          "timestepDistribution.std must be finite and not negative, got " + std);
    }
  }

  /** That many independent times, each in [0, 1], shifted. */
  public float[] sample(RandomStream random, int count, TimeShift shift) {
    float[] times = new float[count];
    for (int i = 0; i < count; i++) {
      double normal = mean + std * random.generator().nextGaussian();
      times[i] = (float) shift.apply(1 / (1 + Math.exp(-normal)));
    }
    return times;
  }
}
