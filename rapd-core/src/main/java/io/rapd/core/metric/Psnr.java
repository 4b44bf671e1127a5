package io.rapd.core.metric;

import io.rapd.core.image.RgbImage;

/**
 * Peak signal-to-noise ratio in dB over all pixels and channels, 10 log10(range² / mean squared
 * error), as LIIF's {@code calc_psnr} and scikit-image's {@code peak_signal_noise_ratio} compute
 * it.
 */
public final class Psnr {
  /** Images lie in [-1, 1]. */
  private static final double IMAGE_RANGE = 2;

  private Psnr() {}

  /**
   * The ratio of two images of the same size. Values are clamped to [-1, 1] first, as in a file.
   *
   * @return dB; infinite if the images are equal
   * @throws IllegalArgumentException if the sizes differ
   */
  public static double of(RgbImage image, RgbImage reference) {
    image.requireSameSize(reference);
    return of(clamped(image.planes()), clamped(reference.planes()), IMAGE_RANGE);
  }

  /**
   * The ratio of two arrays of values.
   *
   * @param range the difference between the largest and the smallest possible value
   */
  static double of(float[] values, float[] reference, double range) {
    double squares = 0;
    for (int i = 0; i < values.length; i++) {
      double difference = (double) values[i] - reference[i];
      squares += difference * difference;
    }
    return 10 * Math.log10(range * range * values.length / squares);
  }

  private static float[] clamped(float[] values) {
    float[] result = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      result[i] = Math.max(-1, Math.min(1, values[i]));
    }
    return result;
  }
}
