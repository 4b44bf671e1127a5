package io.rapd.core.image;

import static io.rapd.core.config.Messages.message;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * Reads PNG, JPEG and WebP files. Grey and palette images become RGB, CMYK is converted, 16-bit
 * samples keep their precision, and alpha is composited on white. Pixel values are used as they are
 * * stored: embedded RGB profiles, gamma and EXIF orientation are not applied. Animated WebP is
 * refused. Instances may be shared between threads.
 */
public final class RgbImageReader {
  /** Images of more pixels than this are refused before they are decoded. */
  public static final long MAX_PIXELS = 1L << 28;

  /** Three floats and the samples of the decoder. */
  private static final int BYTES_PER_PIXEL = 16;

  static {
    ImageIO.setUseCache(false); // no temporary files for streams in memory
  }

  /**
   * Reads a file.
   *
   * @throws ImageFileException if the file cannot be read, has another format, is cut short or
   *     damaged, has more than {@link #MAX_PIXELS} pixels, or does not fit into the Java heap
   */
  public RgbImage read(Path file) {
    byte[] bytes;
    try {
      bytes = Files.readAllBytes(file);
    } catch (IOException | OutOfMemoryError e) { // the error is for files above 2 GiB
      throw ImageFileException.of(file.toString(), "a readable image file", e);
    }
    return read(bytes, file.toString());
  }

  /**
   * Reads an image from the content of a file.
   *
   * @param name the name of the image in messages
   * @throws ImageFileException as {@link #read(Path)} does
   */
  public RgbImage read(byte[] bytes, String name) {
    ImageFormat format = ImageFormat.of(bytes);
    if (format == null) {
      throw new ImageFileException(
          "%s: expected a PNG, JPEG or WebP image, found %s", name, start(bytes));
    }
    String damage = format.damage(bytes);
    if (damage != null) {
      throw new ImageFileException(
          "%s: expected an intact %s file, found %s", name, format, damage);
    }
    try {
      return decode(format, bytes, name);
    } catch (ImageFileException e) {
      throw e;
    } catch (IOException | RuntimeException e) { // damaged files cause both
      throw ImageFileException.of(name, "an intact " + format + " file", e);
    } catch (OutOfMemoryError e) { // from one large array; smaller ones still fit
      throw ImageFileException.of(name, "an image that fits into the Java heap", e);
    }
  }

  private static RgbImage decode(ImageFormat format, byte[] bytes, String name) throws IOException {
    ImageReader reader = format.reader();
    try (ImageInputStream stream =
        new MemoryCacheImageInputStream(new ByteArrayInputStream(bytes))) {
      reader.setInput(stream, true, true);
      long pixels = (long) reader.getWidth(0) * reader.getHeight(0);
      if (pixels < 1 || pixels > MAX_PIXELS) {
        throw new ImageFileException(
            "%s: expected 1 to %d pixels, found %d x %d",
            name, MAX_PIXELS, reader.getHeight(0), reader.getWidth(0));
      }
      long heap = Runtime.getRuntime().maxMemory();
      if (pixels * BYTES_PER_PIXEL > heap) {
        throw new ImageFileException(
            "%s: expected an image that fits into the Java heap of %d MiB, found %d x %d",
            name, heap >> 20, reader.getHeight(0), reader.getWidth(0));
      }
      // Where pixels are missing before the end marker, the JPEG decoder fills in grey and warns.
      List<String> warnings = new ArrayList<>();
      reader.addIIOReadWarningListener((source, warning) -> warnings.add(warning));
      BufferedImage image = reader.read(0);
      if (image == null) {
        throw new ImageFileException(
            "%s: expected an intact %s file, found no image", name, format);
      }
      for (String warning : warnings) {
        if (warning.toLowerCase(Locale.ROOT).contains("premature end")) {
          throw new ImageFileException(
              "%s: expected a complete %s file, found: %s", name, format, warning);
        }
      }
      return AwtImages.toRgb(image);
    } finally {
      reader.dispose();
    }
  }

  private static String start(byte[] bytes) {
    if (bytes.length == 0) {
      return "an empty file";
    }
    String hex = HexFormat.ofDelimiter(" ").formatHex(bytes, 0, Math.min(8, bytes.length));
    return message("%d bytes that start with %s", bytes.length, hex);
  }
}
