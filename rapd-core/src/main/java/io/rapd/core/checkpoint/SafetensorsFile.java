package io.rapd.core.checkpoint;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.nn.TensorSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Set;

/**
 * One safetensors file, memory-mapped. Opening reads and validates the whole header, so that no
 * offset or shape of a damaged file ever reaches native code. Arrays that are read are copies in
 * native memory, one tensor at a time; they stay valid after the file is closed. Safe for use by
 * several threads.
 */
public final class SafetensorsFile implements TensorSource, AutoCloseable {
  /** The format's own limit on the header. */
  public static final long MAX_HEADER_BYTES = 100_000_000;

  private static final int LENGTH_BYTES = 8;

  private final Path path;
  private final FileChannel channel;
  private final long size;
  private final SafetensorsHeader header;

  private SafetensorsFile(Path path, FileChannel channel) throws IOException {
    this.path = path;
    this.channel = channel;
    this.size = channel.size();
    this.header = readHeader();
  }

  /**
   * Opens a file and validates its header.
   *
   * @throws CheckpointException where it is missing, unreadable, truncated or contradicts itself
   */
  public static SafetensorsFile open(Path path) {
    FileChannel channel;
    try {
      channel = FileChannel.open(path, StandardOpenOption.READ);
    } catch (NoSuchFileException e) {
      throw new CheckpointException(path + ": no such file", e);
    } catch (IOException e) {
      throw new CheckpointException(path + ": cannot be opened: " + e.getMessage(), e);
    }
    try {
      return new SafetensorsFile(path, channel);
    } catch (IOException | RuntimeException e) {
      try {
        channel.close();
      } catch (IOException closing) {
        e.addSuppressed(closing);
      }
      if (e instanceof CheckpointException known) {
        throw known;
      }
      throw new CheckpointException(path + ": cannot be read: " + e.getMessage(), e);
    }
  }

  private SafetensorsHeader readHeader() throws IOException {
    if (size < LENGTH_BYTES) {
      throw new CheckpointException(
          "%s: a safetensors file begins with %d bytes of header length, but this one has %d bytes",
          path, LENGTH_BYTES, size);
    }
    long length = readFully(0, LENGTH_BYTES).getLong(0);
    long limit = Math.min(MAX_HEADER_BYTES, size - LENGTH_BYTES);
    if (length < 0 || length > limit) {
      throw new CheckpointException(
          "%s: the header is said to have %s bytes, expected at most %d (file size %d, limit %d)",
          path, Long.toUnsignedString(length), limit, size, MAX_HEADER_BYTES);
    }
    byte[] json = readFully(LENGTH_BYTES, (int) length).array();
    return SafetensorsHeader.parse(path, json, LENGTH_BYTES + length, size);
  }

  private ByteBuffer readFully(long position, int length) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    while (buffer.hasRemaining()) {
      if (channel.read(buffer, position + buffer.position()) < 0) {
        throw new CheckpointException(path + ": the file became shorter while it was read");
      }
    }
    return buffer;
  }

  /** The file. */
  public Path path() {
    return path;
  }

  /** The names of all tensors, sorted. */
  @Override
  public Set<String> names() {
    return header.entries().keySet();
  }

  /** What the header says of a tensor. Throws {@link CheckpointException} where it has none. */
  public TensorEntry entry(String name) {
    TensorEntry entry = header.entries().get(name);
    if (entry == null) {
      throw new CheckpointException(path + ": has no tensor \"" + name + "\"");
    }
    return entry;
  }

  /** The strings under {@code __metadata__}, sorted by key; empty where there are none. */
  public Map<String, String> metadata() {
    return header.metadata();
  }

  /**
   * The bytes of one tensor as they lie in the file: read-only, little-endian, backed by the
   * mapping (which lives as long as the buffer does).
   *
   * @throws CheckpointException where the tensor is missing or has 2 GiB or more
   */
  public ByteBuffer bytes(String name) {
    TensorEntry entry = entry(name);
    if (entry.bytes() > Integer.MAX_VALUE) {
      throw new CheckpointException(
          "%s has %d bytes, too many for one buffer of less than 2 GiB",
          entry.where(), entry.bytes());
    }
    return map(entry.begin(), (int) entry.bytes())
        .asReadOnlyBuffer()
        .order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * A copy of one tensor in native memory, on the manager's device. F32, F64, I64, I32, I8, U8 and
   * BOOL keep their type; F16 and BF16 become float32, exactly. Tensors over 2 GiB work.
   *
   * @throws CheckpointException where the tensor is missing or its type (I16) has no array type
   */
  @Override
  public NDArray read(String name, NDManager manager) {
    return TensorCopy.read(this, entry(name), manager);
  }

  /**
   * A copy of one F16 or BF16 tensor: its raw 16-bit words as an array of its shape whose type says
   * float16. For BF16 the values mean nothing until a kernel views them as bfloat16.
   *
   * @throws CheckpointException where the tensor is missing or of another type
   */
  public NDArray readBits16(String name, NDManager manager) {
    return TensorCopy.readBits16(this, entry(name), manager);
  }

  /**
   * A copy of one F32, F16 or BF16 tensor as bfloat16: an array that only kernels may see.
   *
   * @throws CheckpointException where the tensor is missing or of another type
   */
  @Override
  public NDArray readBFloat16(String name, NDManager manager) {
    return TensorCopy.readBFloat16(this, entry(name), manager);
  }

  @Override
  public Shape shape(String name) {
    return entry(name).shape();
  }

  @Override
  public String storedType(String name) {
    return entry(name).type().name();
  }

  @Override
  public String description() {
    return path.toString();
  }

  @Override
  public String origin(String name) {
    return path.toString();
  }

  private MappedByteBuffer map(long begin, int length) {
    try {
      return open().map(FileChannel.MapMode.READ_ONLY, begin, length);
    } catch (IOException e) {
      throw new CheckpointException(path + ": cannot be mapped: " + e.getMessage(), e);
    }
  }

  /** A mapped part of the file, at most 2 GiB; the caller closes it. */
  MappedPart part(long begin, int length) {
    try {
      return MappedPart.of(open(), begin, length);
    } catch (IOException e) {
      throw new CheckpointException(path + ": cannot be mapped: " + e.getMessage(), e);
    }
  }

  private FileChannel open() {
    if (!channel.isOpen()) {
      throw new IllegalStateException(path + ": closed");
    }
    return channel;
  }

  /** Closes the file. Buffers and arrays that it gave stay valid. */
  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new CheckpointException(path + ": cannot be closed: " + e.getMessage(), e);
    }
  }
}
