package io.rapd.core.metric;

import static io.rapd.core.text.Messages.message;

import io.rapd.core.image.RgbImage;

/**
 * Peak signal-to-noise ratio in dB over all pixels and channels: 10 log10(range² / mean squared
 * error), as LIIF's {@code calc_psnr} and scikit-image's {@code peak_signal_noise_ratio}.
 */
public final class Psnr {
  /** Images lie in [-1, 1]. */
  private static final double IMAGE_RANGE = 2;

  private Psnr() {}

  /**
   * Of two images of one size; values beyond [-1, 1] are clamped first, as a file would.
   *
   * @return dB; infinite where they are equal
   * @throws IllegalArgumentException where the sizes differ
   */
  public static double of(RgbImage image, RgbImage reference) {
    if (image.height() != reference.height() || image.width() != reference.width()) {
      throw new IllegalArgumentException(
          message(
              "images must have one size, got %d x %d and %d x %d",
              image.height(), image.width(), reference.height(), reference.width()));
    }
    return of(clamped(image.planes()), clamped(reference.planes()), IMAGE_RANGE);
  }

  /**
   * Of two lists of values.
   *
   * @param range between the least and the largest value that the data can take
   */
  public static double of(float[] values, float[] reference, double range) {
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
