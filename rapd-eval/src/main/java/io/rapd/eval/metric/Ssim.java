package io.rapd.eval.metric;

import static io.rapd.core.config.Check.check;

import io.rapd.core.image.RgbImage;
import java.util.Arrays;

/**
 * Structural similarity (Wang et al., 2004) with an 11 x 11 Gaussian window of standard deviation
 * 1.5, K1 = 0.01 and K2 = 0.03, as scikit-image's {@code structural_similarity} with {@code
 * gaussian_weights=True, sigma=1.5, use_sample_covariance=False}: the mean over the pixels whose
 * window lies inside the image, then over the channels.
 */
public final class Ssim {
  private static final int RADIUS = 5;
  private static final int WINDOW = 2 * RADIUS + 1;
  private static final double STD = 1.5;
  private static final double K1 = 0.01;
  private static final double K2 = 0.03;

  /** x, y, x², y², xy. */
  private static final int MOMENTS = 5;

  private static final double[] GAUSSIAN = gaussian();

  private Ssim() {}

  /**
   * The similarity of two images of the same size, in [-1, 1]; 1 for equal images. Values are
   * clamped to [-1, 1] first, as in a file.
   *
   * @throws IllegalArgumentException if the sizes differ or a side is shorter than 11 pixels
   */
  public static double of(RgbImage image, RgbImage reference) {
    image.requireSameSize(reference);
    return Arrays.stream(
            perChannel(
                unit(image.planes()), unit(reference.planes()), image.height(), image.width()))
        .average()
        .orElseThrow();
  }

  /** The similarity per channel of values in [0, 1], (C, H, W). */
  static double[] perChannel(float[] a, float[] b, int height, int width) {
    check(
        height >= WINDOW && width >= WINDOW,
        "SSIM needs images of at least %d x %d pixels, got %d x %d",
        WINDOW,
        WINDOW,
        height,
        width);
    double[] similarity = new double[a.length / (height * width)];
    for (int channel = 0; channel < similarity.length; channel++) {
      double sum = 0;
      for (int row = 0; row <= height - WINDOW; row++) {
        sum += rowSum(a, b, (channel * height + row) * width, width);
      }
      similarity[channel] = sum / ((double) (height - WINDOW + 1) * (width - WINDOW + 1));
    }
    return similarity;
  }

  /** The sum over the row of windows whose first pixel is at {@code start}. */
  private static double rowSum(float[] a, float[] b, int start, int width) {
    double[][] columns = new double[MOMENTS][width];
    for (int k = 0; k < WINDOW; k++) {
      double weight = GAUSSIAN[k];
      int at = start + k * width;
      for (int x = 0; x < width; x++) {
        double p = a[at + x];
        double q = b[at + x];
        columns[0][x] += weight * p;
        columns[1][x] += weight * q;
        columns[2][x] += weight * p * p;
        columns[3][x] += weight * q * q;
        columns[4][x] += weight * p * q;
      }
    }
    double sum = 0;
    double[] moments = new double[MOMENTS];
    for (int x = 0; x <= width - WINDOW; x++) {
      for (int m = 0; m < MOMENTS; m++) {
        double value = 0;
        for (int k = 0; k < WINDOW; k++) {
          value += GAUSSIAN[k] * columns[m][x + k];
        }
        moments[m] = value;
      }
      sum += similarity(moments);
    }
    return sum;
  }

  private static double similarity(double[] moments) {
    double meanA = moments[0];
    double meanB = moments[1];
    double varianceA = moments[2] - meanA * meanA;
    double varianceB = moments[3] - meanB * meanB;
    double covariance = moments[4] - meanA * meanB;
    double c1 = K1 * K1;
    double c2 = K2 * K2;
    return (2 * meanA * meanB + c1)
        * (2 * covariance + c2)
        / ((meanA * meanA + meanB * meanB + c1) * (varianceA + varianceB + c2));
  }

  private static float[] unit(float[] values) {
    float[] result = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      result[i] = (Math.max(-1, Math.min(1, values[i])) + 1) / 2;
    }
    return result;
  }

  private static double[] gaussian() {
    double[] weights = new double[WINDOW];
    double total = 0;
    for (int k = 0; k < WINDOW; k++) {
      weights[k] = Math.exp(-0.5 * (k - RADIUS) * (k - RADIUS) / (STD * STD));
      total += weights[k];
    }
    for (int k = 0; k < WINDOW; k++) {
      weights[k] /= total;
    }
    return weights;
  }
}
