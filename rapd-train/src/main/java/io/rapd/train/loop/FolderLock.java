package io.rapd.train.loop;

import io.rapd.core.checkpoint.CheckpointException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Keeps a second process out of a folder. The operating system releases the lock when the process
 * ends, however it ends; the file {@code run.lock}, which names the last holder, stays.
 */
public final class FolderLock implements AutoCloseable {
  private static final String FILE = "run.lock";

  /** Beyond the text, which others can read only outside the locked bytes (on Windows). */
  private static final long LOCKED_BYTE = 1L << 40;

  /** Another process that asks for the {@link #holder} has the lock for an instant. */
  private static final int ATTEMPTS = 5;

  private static final long PAUSE_MILLIS = 20;

  /** POSIX releases a process's lock on a file when any of its channels to the file is closed. */
  private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

  private final Path file;
  private final FileChannel channel;

  private FolderLock(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  /**
   * Locks a folder.
   *
   * @throws CheckpointException at once where another run holds the lock, naming its process and
   *     host
   */
  public static FolderLock of(Path folder) {
    Path file = place(folder);
    if (!HELD.add(file)) {
      throw inUse(folder, file);
    }
    boolean locked = false;
    try {
      FolderLock lock = lock(folder, file);
      locked = true;
      return lock;
    } finally {
      if (!locked) {
        HELD.remove(file);
      }
    }
  }

  private static FolderLock lock(Path folder, Path file) {
    FileChannel channel;
    try {
      channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw new CheckpointException(file + ": cannot be written: " + e, e);
    }
    try {
      if (!locked(channel)) {
        throw inUse(folder, file);
      }
      channel.truncate(0);
      ByteBuffer holder = StandardCharsets.UTF_8.encode(holder() + "\n");
      while (holder.hasRemaining()) {
        channel.write(holder);
      }
      return new FolderLock(file, channel);
    } catch (IOException e) {
      close(channel);
      throw new CheckpointException(file + ": cannot be locked: " + e, e);
    } catch (RuntimeException e) {
      close(channel);
      throw e;
    }
  }

  /** Whether {@link #of} locked this folder at any time. */
  static boolean isKnown(Path folder) {
    return Files.exists(folder.resolve(FILE));
  }

  /**
   * The process that holds a folder's lock, such as {@code process 12 on host name}; empty where
   * none does. Reads only.
   *
   * @throws CheckpointException where the lock file cannot be read
   */
  static Optional<String> holder(Path folder) {
    Path file = place(folder);
    try {
      if (Files.notExists(file)) {
        return Optional.empty();
      }
      if (!HELD.contains(file)) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
            FileLock free = channel.tryLock(LOCKED_BYTE, 1, true)) {
          if (free != null) {
            return Optional.empty();
          }
        } catch (OverlappingFileLockException e) {
          // held by this process, through another class loader
        }
      }
      return Optional.of(Files.readString(file).strip());
    } catch (IOException e) {
      throw new CheckpointException(file + ": cannot be read: " + e, e);
    }
  }

  /** Equal for all paths of a folder that exists. */
  private static Path place(Path folder) {
    try {
      return folder.toRealPath().resolve(FILE);
    } catch (IOException e) {
      return folder.toAbsolutePath().normalize().resolve(FILE);
    }
  }

  private static CheckpointException inUse(Path folder, Path file) {
    String holder;
    try {
      holder = Files.readString(file).strip();
    } catch (IOException e) {
      holder = "another process";
    }
    return new CheckpointException(
        folder + ": is in use by " + holder + "; wait for it to end, or choose another --out");
  }

  private static boolean locked(FileChannel channel) throws IOException {
    try {
      for (int attempt = 1; channel.tryLock(LOCKED_BYTE, 1, false) == null; attempt++) {
        if (attempt == ATTEMPTS) {
          return false;
        }
        Thread.sleep(PAUSE_MILLIS);
      }
      return true;
    } catch (OverlappingFileLockException e) {
      return false; // held by this process
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private static String holder() {
    String host;
    try {
      host = InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      host = "unknown";
    }
    return "process " + ProcessHandle.current().pid() + " on host " + host;
  }

  private static void close(FileChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      return; // the process ends sooner or later, and the lock with it
    }
  }

  @Override
  public void close() {
    close(channel);
    HELD.remove(file);
  }
}
