package io.rapd.view;

import io.rapd.core.image.ImageFileException;
import io.rapd.core.image.Resampler;
import io.rapd.core.image.Resampling;
import io.rapd.core.image.RgbImage;
import io.rapd.core.image.RgbImageReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Iterator;
import java.util.Locale;
import java.util.Set;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/** An uploaded image file: checked by its header, then decoded and reduced for the encoder. */
final class UploadedImage {
  private static final Set<String> FORMATS = Set.of("png", "jpeg", "webp");

  private UploadedImage() {}

  /**
   * Checks size and format by the header alone; decodes no pixel.
   *
   * @throws Refusal with 400 or 413
   */
  static void check(byte[] file, long maxPixels) {
    try (ImageInputStream stream =
        new MemoryCacheImageInputStream(new ByteArrayInputStream(file))) {
      Iterator<ImageReader> readers = ImageIO.getImageReaders(stream);
      while (readers.hasNext()) {
        ImageReader reader = readers.next();
        try {
          if (FORMATS.contains(reader.getFormatName().toLowerCase(Locale.ROOT))) {
            reader.setInput(stream, true, true);
            check(reader.getHeight(0), reader.getWidth(0), maxPixels);
            return;
          }
        } finally {
          reader.dispose();
        }
      }
    } catch (IOException | RuntimeException e) {
      if (e instanceof Refusal refusal) {
        throw refusal;
      }
      throw new Refusal(400, "expected an intact PNG, JPEG or WebP image, got a damaged one");
    }
    throw new Refusal(400, "expected a PNG, JPEG or WebP image, got another file");
  }

  private static void check(int height, int width, long maxPixels) {
    if ((long) height * width > maxPixels) {
      throw new Refusal(
          413, "expected an image of at most %d pixels, got %d x %d", maxPixels, width, height);
    }
  }

  /**
   * Decodes a checked file and reduces it.
   *
   * @param side the shorter side at which it is encoded; smaller images keep their size
   * @param maxPixels bounds what extreme aspect ratios encode
   * @throws Refusal with 400 if the file is damaged
   */
  static RgbImage read(byte[] file, int side, int maxPixels) {
    RgbImage image;
    try {
      image = new RgbImageReader(warning -> {}).read(file, "the image");
    } catch (ImageFileException e) {
      throw new Refusal(400, "%s", String.valueOf(e.getMessage()));
    }
    double shorter = Math.min(image.height(), image.width());
    double all = (double) image.height() * image.width();
    double scale = Math.min(1, Math.min(side / shorter, Math.sqrt(maxPixels / all)));
    int height = scaled(image.height(), scale);
    int width = scaled(image.width(), scale);
    return height == image.height() && width == image.width()
        ? image
        : Resampler.resize(image, Resampling.BICUBIC, height, width);
  }

  private static int scaled(int length, double scale) {
    return Math.max(1, (int) Math.floor(length * scale + 1e-9));
  }
}
