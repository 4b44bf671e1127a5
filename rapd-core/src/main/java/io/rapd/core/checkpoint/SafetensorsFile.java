package io.rapd.core.checkpoint;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.nn.TensorSource;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
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

  private final MappedFile file;
  private final SafetensorsHeader header;

  private SafetensorsFile(MappedFile file) {
    this.file = file;
    this.header = readHeader();
  }

  /**
   * Opens a file and validates its header.
   *
   * @throws CheckpointException where it is missing, unreadable, truncated or contradicts itself
   */
  public static SafetensorsFile open(Path path) {
    MappedFile file = MappedFile.open(path);
    try {
      return new SafetensorsFile(file);
    } catch (RuntimeException e) {
      file.close();
      throw e;
    }
  }

  private SafetensorsHeader readHeader() {
    long size = file.size();
    if (size < LENGTH_BYTES) {
      throw new CheckpointException(
          "%s: a safetensors file begins with %d bytes of header length, but this one has %d bytes",
          path(), LENGTH_BYTES, size);
    }
    long length = file.read(0, LENGTH_BYTES).getLong(0);
    long limit = Math.min(MAX_HEADER_BYTES, size - LENGTH_BYTES);
    if (length < 0 || length > limit) {
      throw new CheckpointException(
          "%s: the header is said to have %s bytes, expected at most %d (file size %d, limit %d)",
          path(), Long.toUnsignedString(length), limit, size, MAX_HEADER_BYTES);
    }
    byte[] json = file.read(LENGTH_BYTES, (int) length).array();
    return SafetensorsHeader.parse(path(), json, LENGTH_BYTES + length, size);
  }

  /** The file. */
  public Path path() {
    return file.path();
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
      throw new CheckpointException(path() + ": has no tensor \"" + name + "\"");
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
    return file.map(entry.begin(), (int) entry.bytes())
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
    TensorEntry entry = entry(name);
    return TensorCopy.read(values(entry), entry, manager);
  }

  /**
   * A copy of one F16 or BF16 tensor: its raw 16-bit words as an array of its shape whose type says
   * float16. For BF16 the values mean nothing until a kernel views them as bfloat16.
   *
   * @throws CheckpointException where the tensor is missing or of another type
   */
  public NDArray readBits16(String name, NDManager manager) {
    TensorEntry entry = entry(name);
    return TensorCopy.readBits16(values(entry), entry, manager);
  }

  /**
   * A copy of one F32, F16 or BF16 tensor as bfloat16: an array that only kernels may see.
   *
   * @throws CheckpointException where the tensor is missing or of another type
   */
  @Override
  public NDArray readBFloat16(String name, NDManager manager) {
    TensorEntry entry = entry(name);
    return TensorCopy.readBFloat16(values(entry), entry, manager);
  }

  @Override
  public NDArray readRows(String name, long[] rows, NDManager manager) {
    TensorEntry entry = entry(name);
    return TensorCopy.readRows(values(entry), entry, rows, manager);
  }

  @Override
  public Shape shape(String name) {
    return entry(name).shape();
  }

  @Override
  public String storedType(String name) {
    return entry(name).dtype();
  }

  @Override
  public String description() {
    return path().toString();
  }

  @Override
  public String origin(String name) {
    return path().toString();
  }

  private StoredValues values(TensorEntry entry) {
    return StoredValues.contiguous(file, entry.begin(), entry.type().bytes());
  }

  /** Closes the file. Buffers and arrays that it gave stay valid. */
  @Override
  public void close() {
    file.close();
  }
}
