package io.rapd.dit.flow;

import static io.rapd.core.config.Check.check;

import io.rapd.core.torch.RandomStream;

/**
 * The distribution of training times before the shift: t = sigmoid(N(mean, std²)).
 *
 * @param mean mu; PixelGen's is -0.8
 * @param std sigma, not negative; PixelGen's is 0.8
 */
public record TimestepDistribution(double mean, double std) {
  public TimestepDistribution {
    check(Double.isFinite(mean), "timestepDistribution.mean must be finite, got %s", mean);
    check(
        std >= 0 && Double.isFinite(std),
        "timestepDistribution.std must be finite and not negative, got %s",
        std);
  }

  /** Draws independent shifted times in [0, 1]. */
  public float[] sample(RandomStream random, int count, TimeShift shift) {
    float[] times = new float[count];
    for (int i = 0; i < count; i++) {
      double normal = mean + std * random.generator().nextGaussian();
      times[i] = (float) shift.apply(1 / (1 + Math.exp(-normal)));
    }
    return times;
  }
}
