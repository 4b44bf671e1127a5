package io.rapd.core.image;

import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads PNG, JPEG and WebP files as upright sRGB images, by one rule for all formats:
 *
 * <ul>
 *   <li>Samples with an ICC profile (grey, RGB or CMYK) are converted to sRGB with the perceptual
 *       intent. Without one, the gAMA and cHRM chunks of a PNG file are converted unless it has an
 *       sRGB chunk. All other samples are sRGB; CMYK without a profile is {@code (1 - C)(1 - K)}
 *       and so on.
 *   <li>The EXIF orientation is applied, so height and width are those of the upright image.
 *   <li>Grey and palette images become RGB, 16-bit samples keep their precision, and alpha is
 *       composited on white after the conversion.
 *   <li>A profile that is broken, makes white as dark as black, or does not fit the samples, and
 *       EXIF data that cannot be read, are reported as warnings and left out.
 *   <li>Animated WebP is refused; of an animated PNG the still image is read.
 * </ul>
 *
 * <p>The result depends on the file alone. Instances may be shared between threads.
 */
public final class RgbImageReader {
  /** Images of more pixels than this are refused before they are decoded. */
  public static final long MAX_PIXELS = 1L << 28;

  /** Three floats and the samples of the decoder. */
  private static final int BYTES_PER_PIXEL = 16;

  /** Three more floats while an image is turned upright. */
  private static final int TURNED_BYTES = BYTES_PER_PIXEL + 12;

  private static final int LOGGED_WARNINGS = 20;
  private static final Logger LOGGER = LoggerFactory.getLogger(RgbImageReader.class);
  private static final AtomicInteger LOGGED = new AtomicInteger();

  static {
    ImageIO.setUseCache(false); // no temporary files for streams in memory
  }

  private final Consumer<String> warnings;

  /** A reader that logs warnings; only the first ones of a process, as a set may hold millions. */
  public RgbImageReader() {
    this(RgbImageReader::log);
  }

  /**
   * A reader that passes on warnings.
   *
   * @param warnings takes lines that name the image; called by the thread that reads it
   */
  public RgbImageReader(Consumer<String> warnings) {
    this.warnings = warnings;
  }

  private static void log(String warning) {
    int count = LOGGED.getAndIncrement();
    if (count < LOGGED_WARNINGS) {
      LOGGER.warn(warning);
    } else if (count == LOGGED_WARNINGS) {
      LOGGER.warn("further warnings about images are not shown");
    }
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
          name + ": expected a PNG, JPEG or WebP image, found " + start(bytes));
    }
    try {
      return decode(format, bytes, name);
    } catch (DamagedFileException e) {
      throw new ImageFileException(
          name + ": expected an intact " + format + " file, found " + e.getMessage(), e);
    } catch (ImageFileException e) {
      throw e;
    } catch (IOException | RuntimeException e) { // damaged files cause both
      throw ImageFileException.of(name, "an intact " + format + " file", e);
    } catch (OutOfMemoryError e) { // from one large array; smaller ones still fit
      throw ImageFileException.of(name, "an image that fits into the Java heap", e);
    }
  }

  /**
   * Reads an image at no more resolution than needed: halved by box as long as its shorter side is
   * at least {@code 2 * side} ({@link ShorterSide#halve}). The file is decoded at its full size, as
   * no JPEG decoder used here scales while it decodes.
   *
   * @param side the shorter side that is needed, in pixels of the upright image
   * @throws ImageFileException as {@link #read(Path)} does
   */
  public RgbImage readHalved(byte[] bytes, String name, int side) {
    return ShorterSide.halve(read(bytes, name), side);
  }

  private RgbImage decode(ImageFormat format, byte[] bytes, String name) throws IOException {
    List<FileBlock> blocks = format.blocks(bytes);
    boolean jpeg = format == ImageFormat.JPEG;
    byte[] plain = jpeg ? JpegFile.withoutMetadata(bytes, blocks) : bytes;
    ImageReader reader = format.reader();
    try (ImageInputStream stream =
        new MemoryCacheImageInputStream(new ByteArrayInputStream(plain))) {
      reader.setInput(stream, true, true);
      Consumer<String> report = warning -> warnings.accept(name + ": " + warning);
      ImageMetadata metadata = format.metadata(blocks, report);
      checkSize(reader, metadata.orientation() == 1 ? BYTES_PER_PIXEL : TURNED_BYTES, name);
      // Where pixels are missing before the end marker, the JPEG decoder fills in grey and warns.
      List<String> decoderWarnings = new ArrayList<>();
      reader.addIIOReadWarningListener((source, warning) -> decoderWarnings.add(warning));
      RasterPixels pixels;
      if (jpeg && JpegFile.isCmyk(blocks)) {
        Raster inks = Inks.of(reader.readRaster(0, null), JpegFile.isYcck(blocks));
        pixels = new RasterPixels(inks, metadata.profile(), report);
      } else {
        BufferedImage image = reader.read(0);
        if (image == null) {
          throw new DamagedFileException("no image");
        }
        pixels = new RasterPixels(image, metadata.profile(), report);
      }
      for (String warning : decoderWarnings) {
        if (warning.toLowerCase(Locale.ROOT).contains("premature end")) {
          throw new ImageFileException(
              name + ": expected a complete " + format + " file, found: " + warning);
        }
      }
      return ExifOrientation.upright(pixels.toRgb(), metadata.orientation());
    } finally {
      reader.dispose();
    }
  }

  private static void checkSize(ImageReader reader, int bytesPerPixel, String name)
      throws IOException {
    int height = reader.getHeight(0);
    int width = reader.getWidth(0);
    long pixels = (long) width * height;
    if (pixels < 1 || pixels > MAX_PIXELS) {
      throw new ImageFileException(
          name + ": expected 1 to " + MAX_PIXELS + " pixels, found " + height + " x " + width);
    }
    long heap = Runtime.getRuntime().maxMemory();
    if (pixels * bytesPerPixel > heap) {
      throw new ImageFileException(
          String.format(
              Locale.ROOT,
              "%s: expected an image that fits into the Java heap of %d MiB, found %d x %d",
              name,
              heap >> 20,
              height,
              width));
    }
  }

  private static String start(byte[] bytes) {
    if (bytes.length == 0) {
      return "an empty file";
    }
    String hex = HexFormat.ofDelimiter(" ").formatHex(bytes, 0, Math.min(8, bytes.length));
    return bytes.length + " bytes that start with " + hex;
  }
}
