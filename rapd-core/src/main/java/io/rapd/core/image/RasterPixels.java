package io.rapd.core.image;

import static io.rapd.core.config.Check.check;
import static io.rapd.core.config.Messages.message;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import org.jspecify.annotations.Nullable;

/**
 * The stored samples of a decoded image as RGB. They are read from the raster, because {@link
 * BufferedImage#getRGB} converts the colours of grey and profiled images and so changes their
 * levels.
 */
final class RasterPixels {
  private final BufferedImage image;
  private final Raster raster;
  private final ColorModel colors;

  RasterPixels(BufferedImage image) {
    this.image = image;
    this.raster = image.getRaster();
    this.colors = image.getColorModel();
  }

  /**
   * The image in [-1, 1], composited on white where it has alpha.
   *
   * @throws IllegalArgumentException for samples that are neither grey, RGB nor of a palette
   */
  RgbImage toRgb() {
    int height = image.getHeight();
    int width = image.getWidth();
    boolean indexed = colors instanceof IndexColorModel;
    if (!indexed) {
      checkColorSpace();
    }
    float[] planes = new float[Math.multiplyExact(RgbImage.CHANNELS, height * width)];
    int @Nullable [] row = null;
    for (int y = 0; y < height; y++) {
      row = raster.getPixels(raster.getMinX(), raster.getMinY() + y, width, 1, row);
      if (indexed) {
        indexedRow((IndexColorModel) colors, row, planes, y * width);
      } else {
        componentRow(row, planes, y * width);
      }
    }
    return new RgbImage(height, width, planes);
  }

  private void checkColorSpace() {
    int space = colors.getColorSpace().getType();
    int bands = raster.getNumBands();
    int colorBands = bands - (colors.hasAlpha() ? 1 : 0);
    boolean grey = space == ColorSpace.TYPE_GRAY && colorBands == 1;
    boolean rgb = space == ColorSpace.TYPE_RGB && colorBands == 3;
    check(grey || rgb, "colour space type %d with %d bands, not grey or RGB", space, bands);
    check(raster.getTransferType() <= DataBuffer.TYPE_INT, "floating-point samples");
  }

  private void indexedRow(IndexColorModel palette, int[] row, float[] planes, int at) {
    int area = planes.length / RgbImage.CHANNELS;
    for (int x = 0; x < row.length; x++) {
      if (row[x] >= palette.getMapSize()) {
        throw new IllegalArgumentException(
            message("palette entry %d of %d", row[x], palette.getMapSize()));
      }
      float alpha = palette.getAlpha(row[x]) / 255f;
      planes[at + x] = onWhite(signed(palette.getRed(row[x]), 255), alpha);
      planes[area + at + x] = onWhite(signed(palette.getGreen(row[x]), 255), alpha);
      planes[2 * area + at + x] = onWhite(signed(palette.getBlue(row[x]), 255), alpha);
    }
  }

  private void componentRow(int[] row, float[] planes, int at) {
    int area = planes.length / RgbImage.CHANNELS;
    int bands = raster.getNumBands();
    int alphaBand = colors.hasAlpha() ? bands - 1 : -1;
    boolean grey = bands - (colors.hasAlpha() ? 1 : 0) == 1;
    boolean multiplied = colors.isAlphaPremultiplied();
    for (int channel = 0; channel < RgbImage.CHANNELS; channel++) {
      int band = grey ? 0 : channel;
      float most = largest(band);
      float mostAlpha = alphaBand < 0 ? 1 : largest(alphaBand);
      int to = channel * area + at;
      for (int from = 0; from < row.length; from += bands, to++) {
        float value = signed(row[from + band], most);
        if (alphaBand >= 0) {
          float alpha = row[from + alphaBand] / mostAlpha;
          // Premultiplied: c * a + (1 - a) in [0, 1] is c * a + 2 * (1 - a) in [-1, 1].
          value = multiplied ? value + 2 * (1 - alpha) : onWhite(value, alpha);
        }
        planes[to] = value;
      }
    }
  }

  private float largest(int band) {
    return (1 << colors.getComponentSize(band)) - 1;
  }

  private static float signed(int sample, float largest) {
    return sample / (0.5f * largest) - 1;
  }

  private static float onWhite(float value, float alpha) {
    return value * alpha + (1 - alpha);
  }
}
