package io.rapd.core.image;

import static io.rapd.core.text.Messages.message;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * A file that is written under another name beside its own, and renamed when complete. Its name is
 * {@code .TARGET.PROCESS.UNIQUE.tmp}, with a checksum for the target. While it is written it is
 * locked; the system releases the lock however the process ends. So what a killed process left is
 * told from what others are writing, and the next to write the same target deletes it.
 */
final class PartialFile implements AutoCloseable {
  private final Path target;
  private final Path path;
  private final RandomAccessFile file;

  private PartialFile(Path target, Path path, RandomAccessFile file) {
    this.target = target;
    this.path = path;
    this.file = file;
  }

  /**
   * Creates an empty file beside its target.
   *
   * @param target absolute; its folder exists
   */
  static PartialFile beside(Path target) throws IOException {
    String start = start(target);
    long process = ProcessHandle.current().pid();
    deleteLeft(target, start, start + process + ".");
    Path path = target.resolveSibling(start + process + "." + UUID.randomUUID() + ".tmp");
    Files.createFile(path); // its exceptions name the cause better than the next line's
    RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw");
    tryLock(file.getChannel());
    return new PartialFile(target, path, file);
  }

  private static String start(Path target) {
    CRC32 crc = new CRC32();
    crc.update(String.valueOf(target.getFileName()).getBytes(StandardCharsets.UTF_8));
    return message(".%08x.", crc.getValue());
  }

  /** To open and close a file of this process would release its lock: these are passed over. */
  private static void deleteLeft(Path target, String start, String own) throws IOException {
    Path folder = target.resolveSibling(".");
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, start + "*.tmp")) {
      for (Path file : files) {
        if (!String.valueOf(file.getFileName()).startsWith(own)) {
          deleteUnlessLocked(file);
        }
      }
    }
  }

  private static void deleteUnlessLocked(Path file) {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      if (tryLock(channel) != null) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      return; // deleted by another process meanwhile, or not ours to delete
    }
  }

  /** The lock; null where another process has it, or the file system has none. */
  private static @Nullable FileLock tryLock(FileChannel channel) {
    try {
      return channel.tryLock();
    } catch (IOException e) {
      return null;
    }
  }

  /** Where to write. Must stay open until the file is published: closed, it is not locked. */
  RandomAccessFile content() {
    return file;
  }

  /** Gives the file, which is complete, its name, in place of an older one. */
  void publish() throws IOException {
    Files.move(path, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /** Closes the file, and deletes it unless it was published. */
  @Override
  public void close() throws IOException {
    file.close();
    Files.deleteIfExists(path);
  }
}
