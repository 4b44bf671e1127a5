package io.rapd.dit.flow;

import io.rapd.core.torch.RandomStream;

/**
 * The law of training times before the shift: t = sigmoid(N(mean, deviation²)).
 *
 * @param mean mu; PixelGen's is -0.8
 * @param deviation sigma, not negative; PixelGen's is 0.8
 */
public record TimestepLaw(double mean, double deviation) {
  /** Checks that both are finite and the deviation is not negative. */
  public TimestepLaw {
    if (!Double.isFinite(mean)) {
      throw new IllegalArgumentException("timestepLaw.mean must be finite, got " + mean);
    }
    if (!(deviation >= 0) || Double.isInfinite(deviation)) {
      throw new IllegalArgumentException(
          "timestepLaw.deviation must be finite and not negative, got " + deviation);
    }
  }

  /** That many independent times, each in [0, 1], shifted. */
  public float[] sample(RandomStream random, int count, TimeShift shift) {
    float[] times = new float[count];
    for (int i = 0; i < count; i++) {
      double normal = mean + deviation * random.generator().nextGaussian();
      times[i] = (float) shift.apply(1 / (1 + Math.exp(-normal)));
    }
    return times;
  }
}
