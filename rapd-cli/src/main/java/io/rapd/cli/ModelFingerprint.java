package io.rapd.cli;

import static io.rapd.core.text.Messages.message;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.CRC32;

/**
 * Tells one state of a model's folder from another by the names, sizes and times of its weights, so
 * that values of an older state are not continued.
 */
final class ModelFingerprint {
  private ModelFingerprint() {}

  /** The folder and a checksum. */
  static String of(Path folder) {
    try (Stream<Path> walk = Files.walk(folder)) {
      List<Path> files =
          walk.filter(file -> file.toString().endsWith(".safetensors")).sorted().toList();
      CRC32 crc = new CRC32();
      for (Path file : files) {
        String line =
            folder.relativize(file)
                + " "
                + Files.size(file)
                + " "
                + Files.getLastModifiedTime(file).toMillis();
        crc.update(line.getBytes(java.nio.charset.StandardCharsets.UTF_8));
      }
      return message("%s (%08x)", folder, crc.getValue());
    } catch (IOException e) {
      throw new UncheckedIOException(folder + ": cannot be read: " + e.getMessage(), e);
    }
  }
}
