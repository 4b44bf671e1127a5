package io.rapd.core.image;

import java.awt.image.RenderedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Map;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.metadata.IIOMetadata;
import javax.imageio.stream.FileImageOutputStream;

/**
 * Writes 8-bit sRGB files. A file appears complete or not at all: it is written under another name
 * in the same folder and renamed when complete. Missing parent folders are created.
 */
public final class RgbImageWriter {
  private static final int TILE = 256;
  private static final float JPEG_QUALITY = 0.95f;

  /** LZW makes noise longer, by less than half, and 4 GiB is the most that classic TIFF holds. */
  private static final long CLASSIC_TIFF = 1L << 31;

  private final long classicTiff;

  public RgbImageWriter() {
    this(CLASSIC_TIFF);
  }

  /**
   * A writer for tests.
   *
   * @param classicTiff bytes of pixels up to which TIFF files are those with 32-bit offsets
   */
  RgbImageWriter(long classicTiff) {
    this.classicTiff = classicTiff;
  }

  /**
   * Writes a PNG file without text, replacing an older one.
   *
   * @throws ImageFileException where the file cannot be written; no part of it is left behind
   */
  public void writePng(RgbImage image, Path file) {
    write(ImageBands.of(image), OutputFormat.PNG, Map.of(), file);
  }

  /**
   * Writes a file, replacing an older one. Memory is that of the bands where the format streams.
   *
   * @param text entries by keyword: PNG's iTXt, JPEG's comment, TIFF's ImageDescription; WebP files
   *     hold none
   * @throws IllegalArgumentException for an image that the format cannot hold
   * @throws ImageFileException where the file cannot be written; no part of it is left behind
   */
  public void write(ImageBands image, OutputFormat format, Map<String, String> text, Path file) {
    format.requireFits(image.height(), image.width());
    Path target = file.toAbsolutePath();
    Path folder = target.getParent();
    if (folder == null || Files.isDirectory(target)) {
      throw new ImageFileException(file + ": expected a file name, found a folder");
    }
    try {
      Files.createDirectories(folder);
      try (PartialFile partial = PartialFile.beside(target)) {
        if (format == OutputFormat.TIFF && image.height() * 3L * image.width() > classicTiff) {
          String description = new FileText(format, text).lines();
          BigTiff.write(new BandImage(image), description, partial.content());
          partial.publish();
          return;
        }
        write(rendered(image, format), format, text, partial);
      }
    } catch (IOException e) {
      throw ImageFileException.of(file.toString(), "a writable file", e);
    }
  }

  private static RenderedImage rendered(ImageBands image, OutputFormat format) {
    BandImage bands = new BandImage(image);
    return format.streams() ? bands : AwtImages.of(bands);
  }

  private static void write(
      RenderedImage image, OutputFormat format, Map<String, String> text, PartialFile file)
      throws IOException {
    Iterator<ImageWriter> writers = ImageIO.getImageWritersBySuffix(format.extension());
    if (!writers.hasNext()) {
      throw new IOException("this Java runtime has no writer of " + format + " files");
    }
    ImageWriter writer = writers.next();
    try (FileImageOutputStream stream = new FileImageOutputStream(file.content())) {
      ImageWriteParam parameters = parameters(writer, format);
      IIOMetadata metadata =
          writer.getDefaultImageMetadata(
              ImageTypeSpecifier.createFromRenderedImage(image), parameters);
      if (metadata != null) {
        new FileText(format, text).addTo(metadata);
      }
      writer.setOutput(stream);
      writer.write(null, new IIOImage(image, null, metadata), parameters);
      file.publish(); // the stream has no buffer
    } finally {
      writer.dispose();
    }
  }

  private static ImageWriteParam parameters(ImageWriter writer, OutputFormat format) {
    ImageWriteParam parameters = writer.getDefaultWriteParam();
    switch (format) {
      case JPEG -> {
        parameters.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
        parameters.setCompressionQuality(JPEG_QUALITY);
      }
      case TIFF -> {
        parameters.setTilingMode(ImageWriteParam.MODE_EXPLICIT);
        parameters.setTiling(TILE, TILE, 0, 0);
        parameters.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
        parameters.setCompressionType("LZW"); // Deflate of JDK 17 cuts tiles that do not shrink
      }
      case WEBP -> {
        parameters.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
        parameters.setCompressionType("Lossless");
      }
      default -> {}
    }
    return parameters;
  }
}
