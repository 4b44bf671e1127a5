package io.rapd.cli;

import static io.rapd.core.config.Check.check;

import io.rapd.core.image.OutputFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * The size of an image. Only {@link #parse} and {@link #toString} put the width first.
 *
 * @param height rows
 * @param width columns
 */
record ImageSize(int height, int width) {
  private static final Pattern TEXT = Pattern.compile("(\\d{1,9})(?:[xX](\\d{1,9}))?");

  /**
   * Float planes, 8-bit pixels, and the writer's copy of these; times 1.5, since arrays of this
   * size live in the old generation, two thirds of the heap.
   */
  private static final long HEAP_BYTES_PER_PIXEL = (3 * Float.BYTES + 3 + 3) * 3 / 2;

  /** The longest side of an image, in pixels. */
  static final int LONGEST_SIDE = 1 << 20;

  /** Rows of a band, as the lowest that the renderer makes. */
  private static final long ROWS = 8;

  /** {@link #parse} for picocli. */
  static final class Converter implements ITypeConverter<ImageSize> {
    @Override
    public ImageSize convert(String text) {
      return parse(text);
    }
  }

  /**
   * Parses {@code N}, for a square, or {@code WIDTHxHEIGHT}.
   *
   * @throws TypeConversionException for other text, and for sizes that no image can have
   */
  static ImageSize parse(String text) {
    Matcher matcher = TEXT.matcher(text);
    if (!matcher.matches()) {
      throw new TypeConversionException(
          "expected N or WIDTHxHEIGHT, such as 512 or 1024x768, got \"" + text + "\"");
    }
    int width = Integer.parseInt(matcher.group(1));
    int height = matcher.group(2) == null ? width : Integer.parseInt(matcher.group(2));
    if (width < 1 || height < 1 || Math.max(width, height) > LONGEST_SIDE) {
      throw new TypeConversionException(
          "expected 1 to " + LONGEST_SIDE + " pixels per side, got " + text);
    }
    return new ImageSize(height, width);
  }

  /**
   * Checks, before anything is computed, that what a file of this format needs in memory fits the
   * Java heap: the image, or a band of it.
   *
   * @throws IllegalArgumentException naming the heap needed and the heap there is
   */
  void requireHeap(OutputFormat format) {
    long rows = format.streams() ? Math.min(height, ROWS) : height;
    long needed = HEAP_BYTES_PER_PIXEL * width * rows;
    long most = Runtime.getRuntime().maxMemory();
    check(
        needed <= most,
        "--size %s needs %d MB of Java heap, got %d MB; start Java with a larger -Xmx",
        this,
        needed >> 20,
        most >> 20);
  }

  /** {@code WIDTHxHEIGHT}. */
  @Override
  public String toString() {
    return width + "x" + height;
  }
}
