package io.rapd.core.image;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.UUID;
import javax.imageio.ImageIO;
import javax.imageio.stream.FileImageOutputStream;

/** Writes 8-bit RGB PNG files. A file appears complete or not at all. */
public final class RgbImageWriter {
  /**
   * Writes a PNG file, replacing an older one. The file is written under another name in the same
   * folder and renamed when complete. Missing parent folders are created.
   *
   * @throws ImageFileException where the file cannot be written; no part of it is left behind
   */
  public void writePng(RgbImage image, Path file) {
    Path target = file.toAbsolutePath();
    Path folder = target.getParent();
    if (folder == null || Files.isDirectory(target)) {
      throw new ImageFileException(file + ": expected a file name, found a folder");
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
      throw ImageFileException.of(file.toString(), "a writable file", e);
    }
  }

  private static void write(RgbImage image, Path file) throws IOException {
    Files.createFile(file); // its exceptions name the cause better than the stream's
    try (FileImageOutputStream stream = new FileImageOutputStream(file.toFile())) {
      if (!ImageIO.write(AwtImages.of(image), "png", stream)) {
        throw new IOException("this Java runtime has no PNG writer");
      }
    }
  }
}
