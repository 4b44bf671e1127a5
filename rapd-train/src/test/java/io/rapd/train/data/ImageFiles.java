package io.rapd.train.data;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.IntBinaryOperator;
import javax.imageio.ImageIO;

/** Small image files, written by the Java runtime. */
public final class ImageFiles {
  private ImageFiles() {}

  /** A PNG file whose pixel at (row, column) is what the function says, as 0xRRGGBB. */
  public static byte[] png(int height, int width, IntBinaryOperator pixels) {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    for (int row = 0; row < height; row++) {
      for (int column = 0; column < width; column++) {
        image.setRGB(column, row, pixels.applyAsInt(row, column));
      }
    }
    return encoded(image);
  }

  /** A PNG file of one colour. */
  public static byte[] png(int height, int width, int color) {
    return png(height, width, (row, column) -> color);
  }

  /** A PNG file of one colour and alpha, as 0xAARRGGBB. */
  static byte[] transparentPng(int height, int width, int argb) {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_ARGB);
    for (int row = 0; row < height; row++) {
      for (int column = 0; column < width; column++) {
        image.setRGB(column, row, argb);
      }
    }
    return encoded(image);
  }

  /** Writes an image and its captions, one a line, under a key that may name folders. */
  public static void write(Path folder, String key, byte[] png, String... captions) {
    try {
      Path image = folder.resolve(key + ".png");
      Files.createDirectories(image.getParent());
      Files.write(image, png);
      if (captions.length > 0) {
        Files.writeString(folder.resolve(key + ".txt"), String.join("\n", captions) + "\n");
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] encoded(BufferedImage image) {
    try {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      if (!ImageIO.write(image, "png", bytes)) {
        throw new IllegalStateException("no PNG writer");
      }
      return bytes.toByteArray();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
