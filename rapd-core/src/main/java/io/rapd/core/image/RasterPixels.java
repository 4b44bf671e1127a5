package io.rapd.core.image;

import static io.rapd.core.config.Check.check;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The samples of a decoded image as sRGB. They are read from the raster, because {@link
 * BufferedImage#getRGB} converts the colours of grey and profiled images by its own rules, to 8
 * bits.
 */
final class RasterPixels {
  private final Raster raster;
  private final @Nullable IndexColorModel palette;
  private final int bands;
  private final boolean alpha;
  private final boolean multiplied;
  private final int most;
  private final float[] values;
  private final @Nullable SrgbConversion conversion;

  /**
   * Grey, RGB or palette pixels.
   *
   * @param profile the ICC profile of the samples, or null for sRGB
   * @throws IllegalArgumentException for samples of another kind
   */
  RasterPixels(BufferedImage image, byte @Nullable [] profile, Consumer<String> warnings) {
    ColorModel colors = image.getColorModel();
    this.raster = image.getRaster();
    this.palette = colors instanceof IndexColorModel indexed ? indexed : null;
    this.bands = raster.getNumBands();
    this.alpha = colors.hasAlpha();
    this.multiplied = colors.isAlphaPremultiplied();
    this.most = palette != null ? 255 : largest(colors);
    this.values = values(most);
    this.conversion = profile == null ? null : conversion(profile, warnings);
  }

  /** CMYK pixels of 8 bits, 255 for full ink. */
  RasterPixels(Raster inks, byte @Nullable [] profile, Consumer<String> warnings) {
    this.raster = inks;
    this.palette = null;
    this.bands = 4;
    this.alpha = false;
    this.multiplied = false;
    this.most = 255;
    this.values = values(most);
    this.conversion = profile == null ? null : SrgbConversion.of(profile, 4, false, warnings);
  }

  private int largest(ColorModel colors) {
    int space = colors.getColorSpace().getType();
    int colorBands = bands - (alpha ? 1 : 0);
    boolean grey = space == ColorSpace.TYPE_GRAY && colorBands == 1;
    boolean rgb = space == ColorSpace.TYPE_RGB && colorBands == 3;
    check(grey || rgb, "colour space type %d with %d bands, not grey or RGB", space, bands);
    check(raster.getTransferType() <= DataBuffer.TYPE_INT, "floating-point samples");
    int bits = colors.getComponentSize(0);
    for (int size : colors.getComponentSize()) {
      check(size == bits && bits <= 16, "components of %d and %d bits", bits, size);
    }
    return (1 << bits) - 1;
  }

  private @Nullable SrgbConversion conversion(byte[] profile, Consumer<String> warnings) {
    if (palette == null) {
      return SrgbConversion.of(profile, bands - (alpha ? 1 : 0), most > 255, warnings);
    }
    boolean grey = true; // the decoder reads grey of less than 8 bits as a palette
    for (int i = 0; i < palette.getMapSize(); i++) {
      grey &= palette.getRed(i) == palette.getGreen(i) && palette.getRed(i) == palette.getBlue(i);
    }
    boolean forGrey = profile.length > 20 && profile[16] == 'G';
    return SrgbConversion.of(profile, grey && forGrey ? 1 : 3, false, warnings);
  }

  /** The image in [-1, 1], composited on white where it has alpha. */
  RgbImage toRgb() {
    int height = raster.getHeight();
    int width = raster.getWidth();
    float[] planes = new float[Math.multiplyExact(RgbImage.CHANNELS, height * width)];
    int @Nullable [][] entries = palette == null ? null : entries(palette);
    int[] row = new int[width * bands];
    int[] rgb = new int[width * RgbImage.CHANNELS];
    for (int y = 0; y < height; y++) {
      raster.getPixels(raster.getMinX(), raster.getMinY() + y, width, 1, row);
      if (entries == null) {
        levels(row, bands, rgb);
        put(rgb, row, planes, y * width);
      } else {
        putEntries(row, entries, planes, y * width);
      }
    }
    return new RgbImage(height, width, planes);
  }

  /** Pixels as levels of red, green and blue from 0 to {@link #most}. */
  private void levels(int[] row, int stride, int[] rgb) {
    if (conversion != null) {
      conversion.convert(row, stride, rgb);
      return;
    }
    boolean grey = stride <= 2;
    for (int from = 0, to = 0; to < rgb.length; from += stride) {
      for (int channel = 0; channel < RgbImage.CHANNELS; channel++, to++) {
        rgb[to] = row[from + (grey ? 0 : channel)];
      }
    }
  }

  private void put(int[] rgb, int[] row, float[] planes, int at) {
    int area = planes.length / RgbImage.CHANNELS;
    boolean inks = bands == 4 && !alpha && conversion == null;
    for (int channel = 0; channel < RgbImage.CHANNELS; channel++) {
      int to = channel * area + at;
      for (int from = channel, pixel = 0; from < rgb.length; from += RgbImage.CHANNELS, pixel++) {
        float value =
            inks
                ? signed((most - rgb[from]) * (most - row[4 * pixel + 3]), most * most)
                : values[rgb[from]];
        if (alpha) {
          float opacity = (float) row[pixel * bands + bands - 1] / most;
          // Premultiplied: c * a + (1 - a) in [0, 1] is c * a + 2 * (1 - a) in [-1, 1].
          value = multiplied ? value + 2 * (1 - opacity) : onWhite(value, opacity);
        }
        planes[to + pixel] = value;
      }
    }
  }

  /** Red, green, blue and alpha of each palette entry, in sRGB. */
  private int[][] entries(IndexColorModel colors) {
    int size = colors.getMapSize();
    int[][] entries = new int[size][];
    int[] stored = new int[RgbImage.CHANNELS * size];
    for (int i = 0; i < size; i++) {
      stored[3 * i] = colors.getRed(i);
      stored[3 * i + 1] = colors.getGreen(i);
      stored[3 * i + 2] = colors.getBlue(i);
    }
    int[] rgb = new int[stored.length];
    levels(stored, RgbImage.CHANNELS, rgb);
    for (int i = 0; i < size; i++) {
      entries[i] = new int[] {rgb[3 * i], rgb[3 * i + 1], rgb[3 * i + 2], colors.getAlpha(i)};
    }
    return entries;
  }

  private void putEntries(int[] row, int[][] entries, float[] planes, int at) {
    int area = planes.length / RgbImage.CHANNELS;
    for (int x = 0; x < row.length; x++) {
      check(row[x] < entries.length, "palette entry %d of %d", row[x], entries.length);
      int[] entry = entries[row[x]];
      for (int channel = 0; channel < RgbImage.CHANNELS; channel++) {
        planes[channel * area + at + x] = onWhite(values[entry[channel]], entry[3] / 255f);
      }
    }
  }

  /** The value in [-1, 1] of each level. */
  private static float[] values(int most) {
    float[] values = new float[most + 1];
    for (int level = 0; level <= most; level++) {
      values[level] = signed(level, most);
    }
    return values;
  }

  private static float signed(int sample, int largest) {
    return sample / (0.5f * largest) - 1;
  }

  private static float onWhite(float value, float alpha) {
    return value * alpha + (1 - alpha);
  }
}
