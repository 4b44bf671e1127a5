package io.rapd.core.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** Recognises the text files that Git LFS leaves in place of large files it did not download. */
public final class LfsPointer {
  private static final byte[] START =
      "version https://git-lfs.github.com/spec/".getBytes(StandardCharsets.US_ASCII);

  private LfsPointer() {}

  /**
   * Refuses a pointer. A file that is missing or cannot be read passes: its reader says so.
   *
   * @throws ConfigException naming the file and the command that downloads it
   */
  public static void refuse(Path file) {
    if (!Files.isRegularFile(file)) {
      return;
    }
    try (InputStream stream = Files.newInputStream(file)) {
      if (Arrays.equals(stream.readNBytes(START.length), START)) {
        throw new ConfigException(
            file
                + ": expected the file itself, found a Git LFS pointer to it; run \"git lfs pull\" in"
                + " its repository");
      }
    } catch (IOException e) {
      return; // for the reader of the file to report
    }
  }
}
