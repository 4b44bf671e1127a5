package io.rapd.core.image;

import static io.rapd.core.config.Check.check;

import io.rapd.core.grid.Region;

/**
 * Resamples images from one size to another, first along rows, then along columns, in float and
 * without clipping. The weights are computed once. Instances may be shared between threads.
 */
public final class Resampler {
  private final int inHeight;
  private final int inWidth;
  private final int outHeight;
  private final int outWidth;
  private final AxisWeights vertical;
  private final AxisWeights horizontal;

  /**
   * Computes the weights.
   *
   * @throws IllegalArgumentException for a size without pixels
   */
  public Resampler(Resampling method, int inHeight, int inWidth, int outHeight, int outWidth) {
    RgbImage.checkSize(inHeight, inWidth);
    check(
        outHeight > 0 && outWidth > 0,
        "an image must hold a pixel, got %d x %d",
        outHeight,
        outWidth);
    this.inHeight = inHeight;
    this.inWidth = inWidth;
    this.outHeight = outHeight;
    this.outWidth = outWidth;
    this.vertical = AxisWeights.of(method, inHeight, outHeight);
    this.horizontal = AxisWeights.of(method, inWidth, outWidth);
  }

  /** The image at another size, as {@link #apply(RgbImage)} gives it. */
  public static RgbImage resize(RgbImage image, Resampling method, int height, int width) {
    return new Resampler(method, image.height(), image.width(), height, width).apply(image);
  }

  /**
   * The image at the output size; bicubic methods may leave the range of the input.
   *
   * @throws IllegalArgumentException for an image that does not have the input size, or an output
   *     size of too many pixels for an array
   */
  public RgbImage apply(RgbImage image) {
    return apply(image, new Region(0, 0, outHeight, outWidth));
  }

  /**
   * A part of the image at the output size, with the same values as in the whole. Memory and time
   * grow with the part only.
   *
   * @param part in pixels of the output size
   * @throws IllegalArgumentException as {@link #apply(RgbImage)} does, or for a part that does not
   *     lie inside the output size
   */
  public RgbImage apply(RgbImage image, Region part) {
    check(
        image.height() == inHeight && image.width() == inWidth,
        "image must be %d x %d, got %d x %d",
        inHeight,
        inWidth,
        image.height(),
        image.width());
    check(
        part.bottom() <= outHeight && part.right() <= outWidth,
        "part must lie inside %d x %d, got top %d, left %d, %d x %d",
        outHeight,
        outWidth,
        part.top(),
        part.left(),
        part.height(),
        part.width());
    RgbImage.checkSize(part.height(), part.width());
    int last = (int) part.bottom() - 1;
    int first = vertical.first((int) part.top());
    int end = vertical.first(last) + vertical.count(last);
    RgbImage.checkSize(end - first, part.width());
    float[] rows = alongRows(image.planes(), part, first, end);
    return new RgbImage(part.height(), part.width(), alongColumns(rows, part, first, end));
  }

  /** (3, H, W) to (3, end - first, W'): the part's columns of the rows it needs. */
  private float[] alongRows(float[] in, Region part, int first, int end) {
    int height = end - first;
    float[] out = new float[RgbImage.CHANNELS * height * part.width()];
    float[] weights = horizontal.weights();
    for (int row = 0; row < RgbImage.CHANNELS * height; row++) {
      int source = (row / height * inHeight + first + row % height) * inWidth;
      for (int x = 0; x < part.width(); x++) {
        int column = (int) part.left() + x;
        int from = source + horizontal.first(column);
        int at = horizontal.offset(column);
        int count = horizontal.count(column);
        float sum = 0;
        for (int k = 0; k < count; k++) {
          sum += weights[at + k] * in[from + k];
        }
        out[row * part.width() + x] = sum;
      }
    }
    return out;
  }

  /** (3, end - first, W') to (3, H', W'), row by row, which the compiler vectorizes. */
  private float[] alongColumns(float[] in, Region part, int first, int end) {
    int width = part.width();
    float[] out = new float[RgbImage.CHANNELS * part.height() * width];
    float[] weights = vertical.weights();
    for (int row = 0; row < RgbImage.CHANNELS * part.height(); row++) {
      int y = (int) part.top() + row % part.height();
      int source = row / part.height() * (end - first) + vertical.first(y) - first;
      int to = row * width;
      for (int k = 0; k < vertical.count(y); k++) {
        float weight = weights[vertical.offset(y) + k];
        int from = (source + k) * width;
        for (int x = 0; x < width; x++) {
          out[to + x] += weight * in[from + x];
        }
      }
    }
    return out;
  }
}
