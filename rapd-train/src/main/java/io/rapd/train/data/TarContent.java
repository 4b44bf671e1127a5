package io.rapd.train.data;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.utils.SeekableInMemoryByteChannel;

/** The bytes of an uncompressed tar archive, with random access from any thread. */
interface TarContent extends AutoCloseable {
  /** A channel of its own, at position 0. */
  SeekableByteChannel open() throws IOException;

  /** {@code length} bytes from a position, or fewer at the end. */
  byte[] read(long position, int length) throws IOException;

  @Override
  default void close() {}

  /** Bytes in memory. */
  @SuppressWarnings("ArrayRecordComponent") // not compared
  record InMemory(byte[] bytes) implements TarContent {
    @Override
    public SeekableByteChannel open() {
      return new SeekableInMemoryByteChannel(bytes);
    }

    @Override
    public byte[] read(long position, int length) {
      int from = (int) Math.min(bytes.length, position);
      return Arrays.copyOfRange(bytes, from, Math.min(bytes.length, from + length));
    }
  }

  /** A file, opened for each read: a set may have more shards than a process may open files. */
  record InFile(Path file) implements TarContent {
    @Override
    public SeekableByteChannel open() throws IOException {
      return FileChannel.open(file, StandardOpenOption.READ);
    }

    @Override
    public byte[] read(long position, int length) throws IOException {
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
        return bytes(channel, position, length);
      }
    }
  }

  /** A temporary file with the content of a {@code .tar.gz}; on POSIX it has no name. */
  record Unpacked(FileChannel channel) implements TarContent {
    static Unpacked of(Path packed) throws IOException {
      Path file = Files.createTempFile("rapd-shard", ".tar");
      FileChannel channel =
          FileChannel.open(
              file,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE,
              StandardOpenOption.DELETE_ON_CLOSE);
      try (InputStream stream = new GZIPInputStream(Files.newInputStream(packed), 1 << 16)) {
        byte[] bytes = new byte[1 << 16];
        for (int count = stream.read(bytes); count >= 0; count = stream.read(bytes)) {
          ByteBuffer buffer = ByteBuffer.wrap(bytes, 0, count);
          while (buffer.hasRemaining()) {
            channel.write(buffer);
          }
        }
        return new Unpacked(channel);
      } catch (IOException | RuntimeException e) {
        channel.close();
        throw e;
      }
    }

    @Override
    public SeekableByteChannel open() {
      return new TarSlice(channel, 0);
    }

    @Override
    public byte[] read(long position, int length) throws IOException {
      return bytes(channel, position, length);
    }

    @Override
    public void close() {
      try {
        channel.close();
      } catch (IOException e) {
        throw new DataException("a temporary file cannot be closed: " + e.getMessage(), e);
      }
    }
  }

  private static byte[] bytes(FileChannel channel, long position, int length) throws IOException {
    byte[] bytes = new byte[length];
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    while (buffer.hasRemaining() && channel.read(buffer, position + buffer.position()) >= 0) {}
    return buffer.hasRemaining() ? Arrays.copyOf(bytes, buffer.position()) : bytes;
  }
}
