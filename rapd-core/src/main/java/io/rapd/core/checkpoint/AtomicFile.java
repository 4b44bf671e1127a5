package io.rapd.core.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Locale;

/**
 * Writes a file under a temporary name beside its own, flushes it to disk and renames it. A reader,
 * or a crash at any moment, finds the old file or the new one, never a part.
 */
public final class AtomicFile {

  /** The content of a file. */
  @FunctionalInterface
  public interface Content {
    void writeTo(FileChannel channel) throws IOException;
  }

  private AtomicFile() {}

  /** Writes or replaces a text file in UTF-8, as {@link #write(Path, Content)} does. */
  public static void write(Path file, String text) {
    write(file, channel -> writeFully(channel, StandardCharsets.UTF_8.encode(text)));
  }

  static void writeFully(FileChannel channel, ByteBuffer buffer) throws IOException {
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
  }

  /**
   * Writes or replaces a file. Its folder must exist.
   *
   * @throws CheckpointException where it cannot be written; an older file is untouched then
   */
  public static void write(Path file, Content content) {
    Path absolute = file.toAbsolutePath();
    Path folder = absolute.getParent();
    if (folder == null || Files.isDirectory(file)) {
      throw new CheckpointException(file + ": cannot be written: it is a folder");
    }
    Path temporary = null;
    try {
      temporary = Files.createTempFile(folder, "." + absolute.getFileName() + ".", ".tmp");
      try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
        content.writeTo(channel);
        channel.force(true);
      }
      makeReadable(temporary);
      move(temporary, absolute);
      temporary = null;
      syncFolder(folder);
    } catch (IOException e) {
      throw new CheckpointException(file + ": cannot be written: " + describe(e), e);
    } finally {
      if (temporary != null) {
        deleteQuietly(temporary);
      }
    }
  }

  /** Temporary files are private to their owner; gives this one the permissions of any new file. */
  private static void makeReadable(Path temporary) throws IOException {
    Path like = temporary.resolveSibling(temporary.getFileName() + "-mode");
    Files.createFile(like);
    try {
      if (Files.getFileStore(like).supportsFileAttributeView("posix")) {
        Files.setPosixFilePermissions(temporary, Files.getPosixFilePermissions(like));
      }
    } finally {
      Files.delete(like);
    }
  }

  static void move(Path from, Path to) throws IOException {
    try {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (AtomicMoveNotSupportedException e) {
      throw new IOException("the file system cannot rename " + from + " to " + to, e);
    }
  }

  /** Flushes a folder's entries, where the system can open folders. */
  static void syncFolder(Path folder) {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException e) {
      // Only Linux and macOS allow this; elsewhere nothing more can be done.
      return;
    }
  }

  /** An I/O exception in words; the message of those in java.nio is only the path. */
  static String describe(IOException e) {
    if (e instanceof FileSystemException known && known.getReason() == null) {
      String kind = e.getClass().getSimpleName().replace("Exception", "");
      return kind.replaceAll("(?<=[a-z])(?=[A-Z])", " ").toLowerCase(Locale.ROOT)
          + ": "
          + known.getFile();
    }
    return String.valueOf(e.getMessage());
  }

  private static void deleteQuietly(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      // The earlier failure is the one to report.
      return;
    }
  }
}
