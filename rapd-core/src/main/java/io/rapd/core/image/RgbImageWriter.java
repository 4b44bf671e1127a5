package io.rapd.core.image;

import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.UUID;
import javax.imageio.ImageIO;
import javax.imageio.stream.FileImageOutputStream;

/** Writes 8-bit RGB PNG files, whole or not at all. */
public final class RgbImageWriter {
  /**
   * Writes a PNG file, replacing one of that name. The file is written under another name in the
   * same folder and renamed when complete. Missing parent folders are created.
   *
   * @throws ImageFileException where the file cannot be written; no part of it is left behind
   */
  public void writePng(RgbImage image, Path file) {
    Path target = file.toAbsolutePath();
    Path folder = target.getParent();
    if (folder == null || Files.isDirectory(target)) {
      throw new ImageFileException("%s: expected a file name, found a folder".formatted(file));
    }
    Path partial = folder.resolve("." + UUID.randomUUID() + ".png.tmp");
    try {
      Files.createDirectories(folder);
      try {
        write(image, partial);
        Files.move(
            partial, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(partial);
      }
    } catch (IOException e) {
      throw new ImageFileException(
          "%s: expected a writable file, found %s".formatted(file, ImageFileException.oneLine(e)),
          e);
    }
  }

  private static void write(RgbImage image, Path file) throws IOException {
    Files.createFile(file); // names the cause of a failure better than the stream below
    BufferedImage pixels =
        new BufferedImage(image.width(), image.height(), BufferedImage.TYPE_3BYTE_BGR);
    byte[] rgb = image.toRgbBytes();
    byte[] bgr = ((DataBufferByte) pixels.getRaster().getDataBuffer()).getData();
    for (int i = 0; i < rgb.length; i += RgbImage.CHANNELS) {
      bgr[i] = rgb[i + 2];
      bgr[i + 1] = rgb[i + 1];
      bgr[i + 2] = rgb[i];
    }
    try (FileImageOutputStream stream = new FileImageOutputStream(file.toFile())) {
      if (!ImageIO.write(pixels, "png", stream)) {
        throw new IOException("this Java runtime has no PNG writer");
      }
    }
  }
}
