package io.rapd.core.image;

import static io.rapd.core.config.Check.check;

/**
 * Brings the shorter side of images to a size as {@code center_crop_arr} of ADM and PixelGen does
 * (guided-diffusion, {@code image_datasets.py}): halved by box as long as it is at least twice the
 * size, then antialiased bicubic. The longer side follows in proportion. Pillow rounds to 8 bits
 * after each step; here values are rounded nowhere.
 */
public final class ShorterSide {
  private ShorterSide() {}

  /**
   * The image with a shorter side of {@code side} pixels; smaller images are enlarged.
   *
   * @throws IllegalArgumentException if side is not positive, or the result has too many pixels
   */
  public static RgbImage resize(RgbImage image, int side) {
    RgbImage halved = halve(image, side);
    double scale = (double) side / Math.min(halved.height(), halved.width());
    int height = (int) Math.rint(halved.height() * scale); // half to even, as Python's round
    int width = (int) Math.rint(halved.width() * scale);
    return Resampler.resize(halved, Resampling.BICUBIC, height, width);
  }

  /**
   * The image halved by box as long as its shorter side is at least {@code 2 * side}, odd sides
   * rounded down; the image itself where it is smaller.
   *
   * @throws IllegalArgumentException if side is not positive
   */
  public static RgbImage halve(RgbImage image, int side) {
    check(side > 0, "side must be positive, got %d", side);
    RgbImage halved = image;
    while (Math.min(halved.height(), halved.width()) >= 2L * side) {
      boolean even = (halved.height() & 1) == 0 && (halved.width() & 1) == 0;
      halved =
          even
              ? meanOfFour(halved)
              : Resampler.resize(halved, Resampling.BOX, halved.height() / 2, halved.width() / 2);
    }
    return halved;
  }

  private static RgbImage meanOfFour(RgbImage image) {
    int width = image.width() / 2;
    float[] in = image.planes();
    float[] out = new float[in.length / 4];
    for (int row = 0; row < out.length / width; row++) {
      int upper = 4 * row * width;
      for (int x = 0; x < width; x++) {
        int left = upper + 2 * x;
        int below = left + 2 * width;
        out[row * width + x] = 0.25f * (in[left] + in[left + 1] + in[below] + in[below + 1]);
      }
    }
    return new RgbImage(image.height() / 2, width, out);
  }
}
