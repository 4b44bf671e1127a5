package io.rapd.core.image;

/**
 * Resamples images of one size to another, with weights computed once: rows first, then columns, in
 * float without clipping. Instances may be shared between threads.
 */
public final class Resampler {
  private final int inHeight;
  private final int inWidth;
  private final int outHeight;
  private final int outWidth;
  private final AxisWeights vertical;
  private final AxisWeights horizontal;

  /**
   * Prepares the weights.
   *
   * @throws IllegalArgumentException for an empty size
   */
  public Resampler(Resampling method, int inHeight, int inWidth, int outHeight, int outWidth) {
    RgbImage.checkSize(inHeight, inWidth);
    RgbImage.checkSize(outHeight, outWidth);
    this.inHeight = inHeight;
    this.inWidth = inWidth;
    this.outHeight = outHeight;
    this.outWidth = outWidth;
    this.vertical = AxisWeights.of(method, inHeight, outHeight);
    this.horizontal = AxisWeights.of(method, inWidth, outWidth);
  }

  /** One image at another size. */
  public static RgbImage resize(RgbImage image, Resampling method, int height, int width) {
    return new Resampler(method, image.height(), image.width(), height, width).apply(image);
  }

  /**
   * The image at the output size; bicubic methods may leave the range of the input.
   *
   * @throws IllegalArgumentException for an image of another size than this resampler was made for
   */
  public RgbImage apply(RgbImage image) {
    if (image.height() != inHeight || image.width() != inWidth) {
      throw new IllegalArgumentException(
          "image must be %d x %d, got %d x %d"
              .formatted(inHeight, inWidth, image.height(), image.width()));
    }
    float[] rows = alongRows(image.planes());
    return new RgbImage(outHeight, outWidth, alongColumns(rows));
  }

  /** (3, H, W) to (3, H, W'). */
  private float[] alongRows(float[] in) {
    float[] out = new float[RgbImage.CHANNELS * inHeight * outWidth];
    float[] weights = horizontal.weights();
    for (int row = 0; row < RgbImage.CHANNELS * inHeight; row++) {
      for (int x = 0; x < outWidth; x++) {
        int from = row * inWidth + horizontal.first(x);
        int at = horizontal.offset(x);
        int count = horizontal.count(x);
        float sum = 0;
        for (int k = 0; k < count; k++) {
          sum += weights[at + k] * in[from + k];
        }
        out[row * outWidth + x] = sum;
      }
    }
    return out;
  }

  /** (3, H, W') to (3, H', W'), whole rows at a time, which the compiler turns into SIMD. */
  private float[] alongColumns(float[] in) {
    float[] out = new float[RgbImage.CHANNELS * outHeight * outWidth];
    float[] weights = vertical.weights();
    for (int row = 0; row < RgbImage.CHANNELS * outHeight; row++) {
      int y = row % outHeight;
      int source = row / outHeight * inHeight + vertical.first(y);
      int to = row * outWidth;
      for (int k = 0; k < vertical.count(y); k++) {
        float weight = weights[vertical.offset(y) + k];
        int from = (source + k) * outWidth;
        for (int x = 0; x < outWidth; x++) {
          out[to + x] += weight * in[from + x];
        }
      }
    }
    return out;
  }
}
