package io.rapd.core.checkpoint.torch;

import io.rapd.core.checkpoint.MappedFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** A storage that somebody has compressed, unpacked into a temporary file. */
final class UnpackedStorage {
  private UnpackedStorage() {}

  /**
   * Unpacks exactly so many bytes.
   *
   * @throws IOException where the stream has fewer
   */
  static MappedFile of(InputStream stream, long size) throws IOException {
    Path copy = Files.createTempFile("rapd-storage-", ".bin");
    try {
      long left = size;
      byte[] piece = new byte[1 << 16];
      try (OutputStream target = Files.newOutputStream(copy)) {
        while (left > 0) {
          int count = stream.read(piece, 0, (int) Math.min(piece.length, left));
          if (count < 0) {
            throw new IOException(left + " bytes are missing");
          }
          target.write(piece, 0, count);
          left -= count;
        }
      }
      return MappedFile.open(copy);
    } finally {
      delete(copy);
    }
  }

  /** An open file keeps its content on Linux and macOS; elsewhere the system cleans up later. */
  private static void delete(Path copy) {
    if (!copy.toFile().delete()) {
      copy.toFile().deleteOnExit();
    }
  }
}
