package io.rapd.core.torch;

import java.io.File;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A folder for files of this process alone, deleted at its end. Folders of processes that were
 * killed are deleted by the next one. A lock on a file beside it, which the kernel releases however
 * the process ends, tells the two apart, across containers and hosts that share the folder.
 */
final class ProcessFolder {
  private static final String LOCK = ".lock";

  /** Collected, a lock would be released. */
  private static final Set<FileLock> HELD = ConcurrentHashMap.newKeySet();

  /** Of this process; to close another channel on its own lock file would release the lock. */
  private static final String PREFIX = prefix();

  private ProcessFolder() {}

  /**
   * Creates a folder in {@code parent}, after deleting those whose process has ended.
   *
   * @throws IOException where it cannot be created
   */
  static Path create(Path parent) throws IOException {
    Files.createDirectories(parent);
    deleteOrphans(parent);
    while (true) {
      Path folder = parent.resolve(PREFIX + UUID.randomUUID());
      Path lockFile = parent.resolve(folder.getFileName() + LOCK);
      FileChannel channel = open(lockFile);
      FileLock lock = tryLock(channel);
      // Another process may have taken the file for an orphan's before it was locked.
      if (lock != null && Files.exists(lockFile)) {
        HELD.add(lock);
        Files.createDirectory(folder);
        // Deleted in reverse order: first what will lie in the folder.
        lockFile.toFile().deleteOnExit();
        folder.toFile().deleteOnExit();
        return folder;
      }
      channel.close();
    }
  }

  private static String prefix() {
    ProcessHandle process = ProcessHandle.current();
    long start = process.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
    return process.pid() + "-" + start + "-";
  }

  private static FileChannel open(Path lockFile) throws IOException {
    return FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
  }

  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null; // another class loader of this process has it
    }
  }

  private static void deleteOrphans(Path parent) throws IOException {
    List<Path> locks;
    try (Stream<Path> files = Files.list(parent)) {
      locks =
          files
              .filter(file -> file.getFileName().toString().endsWith(LOCK))
              .filter(file -> !file.getFileName().toString().startsWith(PREFIX))
              .toList();
    }
    for (Path lockFile : locks) {
      try (FileChannel channel = FileChannel.open(lockFile, StandardOpenOption.WRITE)) {
        if (tryLock(channel) != null) {
          String name = lockFile.getFileName().toString();
          deleteTree(parent.resolve(name.substring(0, name.length() - LOCK.length())));
          Files.delete(lockFile);
        }
      } catch (IOException e) {
        // Deleted by another process meanwhile, or not ours to delete.
      }
    }
  }

  private static void deleteTree(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return;
    }
    try (Stream<Path> files = Files.walk(folder)) {
      files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
    }
  }
}
