package io.rapd.cli;

import static io.rapd.core.config.Check.check;

import io.rapd.infer.ImageField;
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
   * Float planes, 8-bit pixels, and the PNG writer's copy of these; times 1.5, since arrays of this
   * size live in the old generation, two thirds of the heap.
   */
  private static final long HEAP_BYTES_PER_PIXEL = (3 * Float.BYTES + 3 + 3) * 3 / 2;

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
    if (width < 1 || height < 1 || (long) width * height > ImageField.MAX_PIXELS) {
      throw new TypeConversionException(
          "expected 1 to " + ImageField.MAX_PIXELS + " pixels, got " + text);
    }
    return new ImageSize(height, width);
  }

  /**
   * Checks, before anything is computed, that an image of this size fits the Java heap.
   *
   * @throws IllegalArgumentException naming the heap needed and the heap there is
   */
  void requireHeap() {
    long needed = HEAP_BYTES_PER_PIXEL * width * height;
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
