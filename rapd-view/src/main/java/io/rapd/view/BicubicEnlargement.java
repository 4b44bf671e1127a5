package io.rapd.view;

import io.rapd.core.grid.GridRegion;
import io.rapd.core.grid.PixelAxis;
import io.rapd.core.image.RgbImage;

/**
 * Bicubic enlargement of an image, any region at any density: cubic convolution with a = -0.5,
 * weights renormalised inside the image, as {@code BICUBIC} of {@link
 * io.rapd.core.image.Resampling}. That one computes the weights of a whole image, which has no end
 * here.
 */
final class BicubicEnlargement {
  private static final int TAPS = 4;
  private static final double A = -0.5;

  private BicubicEnlargement() {}

  /** The samples that the pixels along one axis are mixed from. */
  private static final class Taps {
    /** The first sample of each pixel. */
    private final int[] first;

    /** {@link #TAPS} per pixel; 0 outside the image. */
    private final float[] weights;

    private Taps(int[] first, float[] weights) {
      this.first = first;
      this.weights = weights;
    }

    static Taps of(PixelAxis axis, long from, int count, int samples) {
      int[] first = new int[count];
      float[] weights = new float[TAPS * count];
      for (int i = 0; i < count; i++) {
        double position = axis.position(from + i, samples) - 0.5; // 0 at the first sample
        int start = (int) Math.floor(position) - 1;
        double sum = 0;
        for (int k = 0; k < TAPS; k++) {
          double weight = inside(start + k, samples) ? cubic(position - (start + k)) : 0;
          weights[TAPS * i + k] = (float) weight;
          sum += weight;
        }
        for (int k = 0; k < TAPS; k++) {
          weights[TAPS * i + k] /= (float) sum;
        }
        first[i] = start;
      }
      return new Taps(first, weights);
    }

    private static boolean inside(int sample, int samples) {
      return sample >= 0 && sample < samples;
    }

    private static double cubic(double distance) {
      double x = Math.abs(distance);
      if (x < 1) {
        return ((A + 2) * x - (A + 3)) * x * x + 1;
      }
      return x < 2 ? ((A * x - 5 * A) * x + 8 * A) * x - 4 * A : 0;
    }

    int sample(int pixel, int tap, int samples) {
      return Math.max(0, Math.min(samples - 1, first[pixel] + tap));
    }
  }

  /**
   * Enlarges.
   *
   * @param image covers the whole grid
   * @param pixels at least as dense as the image
   */
  static RgbImage render(RgbImage image, GridRegion pixels) {
    int height = pixels.region().height();
    int width = pixels.region().width();
    Taps rows = Taps.of(pixels.grid().rows(), pixels.region().top(), height, image.height());
    Taps columns = Taps.of(pixels.grid().columns(), pixels.region().left(), width, image.width());
    float[] planes = new float[RgbImage.CHANNELS * height * width];
    int at = 0;
    for (int channel = 0; channel < RgbImage.CHANNELS; channel++) {
      for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
          planes[at++] = pixel(image, channel, rows, y, columns, x);
        }
      }
    }
    return new RgbImage(height, width, planes);
  }

  private static float pixel(RgbImage image, int channel, Taps rows, int y, Taps columns, int x) {
    float sum = 0;
    for (int j = 0; j < TAPS; j++) {
      int row = rows.sample(y, j, image.height());
      float along = 0;
      for (int k = 0; k < TAPS; k++) {
        int column = columns.sample(x, k, image.width());
        along += columns.weights[TAPS * x + k] * image.at(channel, row, column);
      }
      sum += rows.weights[TAPS * y + j] * along;
    }
    return sum;
  }
}
