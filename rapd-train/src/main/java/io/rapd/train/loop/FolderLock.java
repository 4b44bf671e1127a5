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

/**
 * Keeps a second process out of a folder. The operating system releases the lock when the process
 * ends, however it ends; the file {@code run.lock}, which names the last holder, stays.
 */
public final class FolderLock implements AutoCloseable {
  private static final String FILE = "run.lock";

  /** Beyond the text, which others can read only outside the locked bytes (on Windows). */
  private static final long LOCKED_BYTE = 1L << 40;

  private final FileChannel channel;

  private FolderLock(FileChannel channel) {
    this.channel = channel;
  }

  /**
   * Locks a folder.
   *
   * @throws CheckpointException at once where another run holds the lock, naming its process and
   *     host
   */
  public static FolderLock of(Path folder) {
    Path file = folder.resolve(FILE);
    FileChannel channel;
    try {
      channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw new CheckpointException(file + ": cannot be written: " + e, e);
    }
    try {
      if (!locked(channel)) {
        throw new CheckpointException(
            folder
                + ": is in use by "
                + Files.readString(file).strip()
                + "; wait for it to end, or choose another --out");
      }
      channel.truncate(0);
      ByteBuffer holder = StandardCharsets.UTF_8.encode(holder() + "\n");
      while (holder.hasRemaining()) {
        channel.write(holder);
      }
      return new FolderLock(channel);
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

  private static boolean locked(FileChannel channel) throws IOException {
    try {
      FileLock lock = channel.tryLock(LOCKED_BYTE, 1, false);
      return lock != null;
    } catch (OverlappingFileLockException e) {
      return false; // held by this process
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
  }
}
