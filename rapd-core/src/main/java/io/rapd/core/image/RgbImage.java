package io.rapd.core.image;

import static io.rapd.core.config.Check.check;
import static io.rapd.core.text.Messages.message;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An image of three planes (3, H, W): red, green, blue. The nominal range is [-1, 1]; bicubic
 * resampling may overshoot it, and {@link #toRgbBytes} clamps. An image of 8-bit levels, and its
 * crops and mirror images, keep the bytes, a quarter of the memory; their planes are computed when
 * they are first asked for. Thread-safe.
 */
public final class RgbImage {
  /** Red, green and blue. */
  public static final int CHANNELS = 3;

  /** The longest array that every Java runtime can make. */
  private static final int MAX_VALUES = Integer.MAX_VALUE - 8;

  private static final float HALF_RANGE = 127.5f;

  private final int height;
  private final int width;
  private final byte @Nullable [] rgb;
  private volatile float @Nullable [] planes;

  /**
   * Wraps the values without copying them.
   *
   * @param height rows, at least 1
   * @param width columns, at least 1
   * @param planes (3, H, W), row-major, finite
   * @throws IllegalArgumentException for a size of no pixels or of too many for an array, another
   *     number of values, or a value that is not finite
   */
  public RgbImage(int height, int width, float[] planes) {
    checkSize(height, width);
    int expected = CHANNELS * height * width;
    check(
        planes.length == expected,
        "planes must hold 3 x %d x %d = %d values, got %d",
        height,
        width,
        expected,
        planes.length);
    for (int i = 0; i < planes.length; i++) {
      if (!Float.isFinite(planes[i])) {
        throw new IllegalArgumentException("planes must be finite, got " + planes[i] + " at " + i);
      }
    }
    this.height = height;
    this.width = width;
    this.planes = planes;
    rgb = null;
  }

  private RgbImage(int height, int width, byte[] rgb) {
    this.height = height;
    this.width = width;
    this.rgb = rgb;
  }

  static void checkSize(int height, int width) {
    check(height > 0 && width > 0, "an image must hold a pixel, got %d x %d", height, width);
    check(
        (long) CHANNELS * height * width <= MAX_VALUES,
        "an image must hold at most %d values, got 3 x %d x %d",
        MAX_VALUES,
        height,
        width);
  }

  /**
   * From 8-bit pixels: level v becomes {@code v / 127.5 - 1}.
   *
   * @param rgb (H, W, 3), row-major, unsigned; kept without a copy
   * @throws IllegalArgumentException for an empty size or another number of bytes
   */
  public static RgbImage fromRgbBytes(int height, int width, byte[] rgb) {
    checkSize(height, width);
    check(
        rgb.length == CHANNELS * height * width,
        "rgb must hold %d x %d x 3 bytes, got %d",
        height,
        width,
        rgb.length);
    return new RgbImage(height, width, rgb);
  }

  private static float[] planes(byte[] rgb) {
    int area = rgb.length / CHANNELS;
    float[] planes = new float[rgb.length];
    for (int pixel = 0, at = 0; pixel < area; pixel++) {
      for (int channel = 0; channel < CHANNELS; channel++) {
        planes[channel * area + pixel] = (rgb[at++] & 0xff) / HALF_RANGE - 1;
      }
    }
    return planes;
  }

  /** The bytes (H, W, 3) of an image of 8-bit levels, not a copy; null for any other image. */
  byte @Nullable [] levels() {
    return rgb;
  }

  /** Rows H. */
  public int height() {
    return height;
  }

  /** Columns W. */
  public int width() {
    return width;
  }

  /**
   * Checks that another image has as many rows and columns.
   *
   * @throws IllegalArgumentException naming both sizes if not
   */
  public void requireSameSize(RgbImage other) {
    check(
        height == other.height && width == other.width,
        "images must have the same size, got %d x %d and %d x %d",
        height,
        width,
        other.height,
        other.width);
  }

  /** The values (3, H, W), row-major; not a copy, so do not write to it. */
  public float[] planes() {
    float[] values = planes;
    if (values == null) {
      values = planes(Objects.requireNonNull(rgb));
      planes = values;
    }
    return values;
  }

  /** The value of one channel of one pixel. */
  public float at(int channel, int row, int column) {
    return planes()[(channel * height + row) * width + column];
  }

  /**
   * 8-bit pixels (H, W, 3): the inverse of {@link #fromRgbBytes}, halves rounded up, clamped to
   * 0..255.
   */
  public byte[] toRgbBytes() {
    if (rgb != null) {
      return rgb.clone();
    }
    float[] values = planes();
    int area = height * width;
    byte[] bytes = new byte[values.length];
    for (int pixel = 0, at = 0; pixel < area; pixel++) {
      for (int channel = 0; channel < CHANNELS; channel++) {
        bytes[at++] = (byte) level(values[channel * area + pixel]);
      }
    }
    return bytes;
  }

  private static int level(float value) {
    // In double, so that the value of a level never rounds to the level above.
    int level = (int) Math.floor(((double) value + 1) * HALF_RANGE + 0.5);
    return Math.max(0, Math.min(255, level));
  }

  /**
   * The crop that starts at row {@code top} and column {@code left}.
   *
   * @throws IllegalArgumentException unless the crop holds a pixel and lies inside
   */
  public RgbImage crop(int top, int left, int cropHeight, int cropWidth) {
    checkSize(cropHeight, cropWidth);
    check(
        top >= 0 && left >= 0 && top <= height - cropHeight && left <= width - cropWidth,
        "crop must lie inside %d x %d, got top %d, left %d, %d x %d",
        height,
        width,
        top,
        left,
        cropHeight,
        cropWidth);
    if (rgb != null) {
      byte[] part = new byte[CHANNELS * cropHeight * cropWidth];
      int row = CHANNELS * cropWidth;
      for (int y = 0; y < cropHeight; y++) {
        int from = CHANNELS * ((top + y) * width + left);
        System.arraycopy(rgb, from, part, y * row, row);
      }
      return new RgbImage(cropHeight, cropWidth, part);
    }
    float[] values = planes();
    float[] part = new float[CHANNELS * cropHeight * cropWidth];
    for (int row = 0; row < CHANNELS * cropHeight; row++) {
      int from = (row / cropHeight * height + top + row % cropHeight) * width + left;
      System.arraycopy(values, from, part, row * cropWidth, cropWidth);
    }
    return new RgbImage(cropHeight, cropWidth, part);
  }

  /** The mirror image, left and right exchanged. */
  public RgbImage flipHorizontally() {
    if (rgb != null) {
      byte[] mirrored = new byte[rgb.length];
      for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
          int to = CHANNELS * (y * width + width - 1 - x);
          System.arraycopy(rgb, CHANNELS * (y * width + x), mirrored, to, CHANNELS);
        }
      }
      return new RgbImage(height, width, mirrored);
    }
    float[] values = planes();
    float[] mirrored = new float[values.length];
    for (int row = 0; row < values.length; row += width) {
      for (int column = 0; column < width; column++) {
        mirrored[row + width - 1 - column] = values[row + column];
      }
    }
    return new RgbImage(height, width, mirrored);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof RgbImage image
        && height == image.height
        && width == image.width
        && Arrays.equals(planes(), image.planes());
  }

  @Override
  public int hashCode() {
    return 31 * (31 * height + width) + Arrays.hashCode(planes());
  }

  @Override
  public String toString() {
    return message("RgbImage[%d x %d]", height, width);
  }
}
