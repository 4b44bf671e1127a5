package io.rapd.core.checkpoint;

import io.rapd.core.config.LfsPointer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A file of any size whose parts are memory-mapped on demand. Safe for use by several threads. */
public final class MappedFile implements AutoCloseable {
  private final Path path;
  private final FileChannel channel;
  private final long size;

  private MappedFile(Path path, FileChannel channel, long size) {
    this.path = path;
    this.channel = channel;
    this.size = size;
  }

  /**
   * Opens a file for reading.
   *
   * @throws CheckpointException where it is missing or unreadable
   * @throws io.rapd.core.config.ConfigException where it is a Git LFS pointer
   */
  public static MappedFile open(Path path) {
    LfsPointer.refuse(path);
    try {
      FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
      return new MappedFile(path, channel, channel.size());
    } catch (NoSuchFileException e) {
      throw new CheckpointException(path + ": no such file", e);
    } catch (IOException e) {
      throw new CheckpointException(path + ": cannot be opened: " + AtomicFile.describe(e), e);
    }
  }

  /** The file. */
  public Path path() {
    return path;
  }

  /** Bytes in the file when it was opened. */
  public long size() {
    return size;
  }

  /** A heap copy of a part of the file, little-endian. */
  public ByteBuffer read(long begin, int length) {
    ByteBuffer buffer = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    try {
      while (buffer.hasRemaining()) {
        if (channel.read(buffer, begin + buffer.position()) < 0) {
          throw new CheckpointException(path + ": the file became shorter while it was read");
        }
      }
    } catch (IOException e) {
      throw new CheckpointException(path + ": cannot be read: " + AtomicFile.describe(e), e);
    }
    return buffer.rewind();
  }

  /** A mapped part of the file, little-endian, less than 2 GiB; unmapped when it is collected. */
  public MappedByteBuffer map(long begin, int length) {
    try {
      MappedByteBuffer part = open().map(FileChannel.MapMode.READ_ONLY, begin, length);
      part.order(ByteOrder.LITTLE_ENDIAN);
      return part;
    } catch (IOException e) {
      throw new CheckpointException(path + ": cannot be mapped: " + AtomicFile.describe(e), e);
    }
  }

  /** As {@link #map}; the caller's thread closes the part, which unmaps it. */
  public MappedPart part(long begin, int length) {
    try {
      return MappedPart.of(open(), begin, length);
    } catch (IOException e) {
      throw new CheckpointException(path + ": cannot be mapped: " + AtomicFile.describe(e), e);
    }
  }

  private FileChannel open() {
    if (!channel.isOpen()) {
      throw new IllegalStateException(path + ": closed");
    }
    return channel;
  }

  /** Closes the file. Buffers that it gave stay valid. */
  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new CheckpointException(path + ": cannot be closed: " + AtomicFile.describe(e), e);
    }
  }
}
