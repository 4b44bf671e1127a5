package io.rapd.infer.command;

import io.rapd.infer.tile.TiledRenderer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * The size of an image to write, {@code N} or {@code WIDTHxHEIGHT} on the command line.
 *
 * @param width columns
 * @param height rows
 */
record ImageSize(int width, int height) {
  private static final Pattern TEXT = Pattern.compile("(\\d{1,9})(?:[xX](\\d{1,9}))?");

  /**
   * Float planes, 8-bit pixels, and the same in the order of the PNG writer; half as much again,
   * since arrays that size live in the two thirds of the heap that are for old objects.
   */
  private static final long HEAP_BYTES_PER_PIXEL = (3 * Float.BYTES + 3 + 3) * 3 / 2;

  /** Of an option's value. */
  static final class Converter implements ITypeConverter<ImageSize> {
    @Override
    public ImageSize convert(String value) {
      Matcher matcher = TEXT.matcher(value);
      if (!matcher.matches()) {
        throw new TypeConversionException(
            "expected N or WIDTHxHEIGHT, such as 512 or 1024x768, got \"" + value + "\"");
      }
      int width = Integer.parseInt(matcher.group(1));
      int height = matcher.group(2) == null ? width : Integer.parseInt(matcher.group(2));
      if (width < 1 || height < 1 || (long) width * height > TiledRenderer.MAX_PIXELS) {
        throw new TypeConversionException(
            "expected 1 to %d pixels, got %s".formatted(TiledRenderer.MAX_PIXELS, value));
      }
      return new ImageSize(width, height);
    }
  }

  /**
   * Fails where such an image cannot fit the Java heap, so that it does before any computing.
   *
   * @throws IllegalArgumentException that says what to do
   */
  void requireHeap() {
    long needed = HEAP_BYTES_PER_PIXEL * width * height;
    long most = Runtime.getRuntime().maxMemory();
    if (needed > most) {
      throw new IllegalArgumentException(
          "--size %s needs %d MB of Java heap, there are %d MB; give Java a larger -Xmx"
              .formatted(this, needed >> 20, most >> 20));
    }
  }

  /** {@code WIDTHxHEIGHT}. */
  @Override
  public String toString() {
    return width + "x" + height;
  }
}
