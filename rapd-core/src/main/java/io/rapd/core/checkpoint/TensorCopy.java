package io.rapd.core.checkpoint;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.torch.Kernel;
import io.rapd.core.torch.Precision;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;

/**
 * Copies a tensor out of a mapped file into native memory, piece by piece, converting on the way.
 * Only a piece is mapped at a time, so that the peak of resident memory is the arrays' own.
 *
 * <p>The copy goes through Java's buffers, never from the mapping straight into libtorch: where a
 * mapped file is cut short by someone else, Java throws, but native code would end the process.
 */
public final class TensorCopy {
  /** Elements a piece: large enough that calls do not count, small enough for any buffer. */
  private static final long PIECE = 1 << 24;

  private static final Set<TensorType> FLOATS =
      EnumSet.of(TensorType.F32, TensorType.F16, TensorType.BF16);

  private static final Kernel EMPTY =
      Kernel.of(
          "EmptyBFloat16",
          """
          def forward(like):
            return torch.empty_like(like, dtype=15, memory_format=0)
          """);

  private static final Kernel VIEW =
      Kernel.of(
          "ViewAsBFloat16",
          """
          def forward(bits):
            return torch.view_copy(bits, dtype=15)
          """);

  private TensorCopy() {}

  /**
   * A copy on the manager's device. F16 and BF16 become float32; all other types stay as they are.
   *
   * @throws CheckpointException where the type has no array type
   */
  public static NDArray read(StoredValues values, TensorEntry entry, NDManager manager) {
    boolean half = entry.type() == TensorType.F16 || entry.type() == TensorType.BF16;
    TensorType target = half ? TensorType.F32 : entry.type();
    DataType type = target.arrayType();
    if (type == null) {
      throw new CheckpointException(
          "%s has dtype %s, which no array can hold", entry.where(), entry.dtype());
    }
    return copy(values, entry, target, type, manager);
  }

  static NDArray readBits16(StoredValues values, TensorEntry entry, NDManager manager) {
    if (entry.type() != TensorType.F16 && entry.type() != TensorType.BF16) {
      throw new CheckpointException(
          "%s has dtype %s, expected F16 or BF16", entry.where(), entry.type());
    }
    return copy(values, entry, entry.type(), DataType.FLOAT16, manager);
  }

  /**
   * Float values as a bfloat16 array. On the CPU it is filled in place: to read and then convert
   * takes every tensor's memory twice, and leaves holes in the heap that add up to a third of a
   * model.
   *
   * @throws CheckpointException where the tensor does not hold F32, F16 or BF16
   */
  public static NDArray readBFloat16(StoredValues values, TensorEntry entry, NDManager manager) {
    requireFloats(entry);
    if (!manager.getDevice().equals(Device.cpu())) {
      boolean stored = entry.type() == TensorType.BF16;
      try (NDArray array =
          stored ? readBits16(values, entry, manager) : read(values, entry, manager)) {
        return stored ? VIEW.call(array) : Precision.BFLOAT16.cast(array);
      }
    }
    try (NDManager host = manager.newSubManager()) {
      NDArray like = host.create(0f).broadcast(entry.shape()); // one value's memory
      NDArray array = EMPTY.call(like);
      fill(values, entry, TensorType.BF16, array);
      array.attach(manager);
      return array;
    }
  }

  /**
   * Some rows of a matrix of float values as float32, on the manager's device.
   *
   * @param rows their numbers, at least one
   * @return (rows, columns)
   * @throws CheckpointException where the tensor does not hold F32, F16 or BF16, or has other than
   *     two axes
   */
  public static NDArray readRows(
      StoredValues values, TensorEntry entry, long[] rows, NDManager manager) {
    requireFloats(entry);
    if (entry.shape().dimension() != 2) {
      throw new CheckpointException("%s is %s, expected a matrix", entry.where(), entry.shape());
    }
    int columns = Math.toIntExact(entry.shape().get(1));
    try (NDManager host = manager.newSubManager(Device.cpu())) {
      NDArray array = host.create(new Shape(rows.length, columns));
      ByteBuffer all = array.toByteBuffer(true).order(ByteOrder.nativeOrder());
      int bytes = Math.multiplyExact(columns, Float.BYTES);
      for (int i = 0; i < rows.length; i++) {
        Objects.checkIndex(rows[i], entry.shape().get(0));
        ByteBuffer row = all.slice(i * bytes, bytes).order(ByteOrder.nativeOrder());
        read(values, entry, rows[i] * columns, columns, TensorType.F32, row);
      }
      return place(array, manager);
    }
  }

  private static void requireFloats(TensorEntry entry) {
    if (!FLOATS.contains(entry.type())) {
      throw new CheckpointException(
          "%s has dtype %s, expected one of %s", entry.where(), entry.type(), FLOATS);
    }
  }

  private static NDArray copy(
      StoredValues values, TensorEntry entry, TensorType target, DataType type, NDManager manager) {
    // Arrays are filled on the host; a device gets its copy of each tensor when it is whole.
    try (NDManager host = manager.newSubManager(Device.cpu())) {
      NDArray array = host.create(entry.shape(), type);
      fill(values, entry, target, array);
      return place(array, manager);
    }
  }

  private static NDArray place(NDArray array, NDManager manager) {
    Device device = manager.getDevice();
    NDArray placed = device.equals(Device.cpu()) ? array : array.toDevice(device, true);
    placed.attach(manager);
    return placed;
  }

  private static void fill(
      StoredValues values, TensorEntry entry, TensorType target, NDArray array) {
    long elements = entry.shape().size();
    NDArray flat = array.reshape(new Shape(elements)); // (elements), a view
    for (long first = 0; first < elements; first += PIECE) {
      long end = Math.min(elements, first + PIECE);
      try (NDArray piece = flat.get(new NDIndex().addSliceDim(first, end))) {
        // A direct view of libtorch's own memory.
        ByteBuffer bytes = piece.toByteBuffer(true).order(ByteOrder.nativeOrder());
        read(values, entry, first, (int) (end - first), target, bytes);
      }
    }
  }

  private static void read(
      StoredValues values,
      TensorEntry entry,
      long first,
      int count,
      TensorType type,
      ByteBuffer target) {
    try {
      values.read(first, count, source -> transfer(entry, source, type, target));
    } catch (InternalError e) {
      throw new CheckpointException(
          entry.where() + " can no longer be read: the file became shorter", e);
    }
  }

  private static void transfer(
      TensorEntry entry, ByteBuffer source, TensorType type, ByteBuffer target) {
    if (entry.type() == type) {
      requireLittleEndian();
      if (type == TensorType.BOOL) {
        requireBooleans(entry, source);
      }
      target.put(source);
    } else if (entry.type() == TensorType.F32) {
      HalfFloat.narrow(source.asFloatBuffer(), type, target.asShortBuffer());
    } else if (type == TensorType.BF16) {
      HalfFloat.float16ToBFloat16(source.asShortBuffer(), target.asShortBuffer());
    } else {
      HalfFloat.widen(source.asShortBuffer(), entry.type(), target.asFloatBuffer());
    }
  }

  /** A bool in libtorch is a byte of 0 or 1; anything else is undefined behaviour in C++. */
  private static void requireBooleans(TensorEntry entry, ByteBuffer source) {
    for (int i = 0; i < source.limit(); i++) {
      byte value = source.get(i);
      if (value != 0 && value != 1) {
        throw new CheckpointException(
            "%s has dtype BOOL but holds the byte %d, expected 0 or 1",
            entry.where(), value & 0xff);
      }
    }
  }

  static void requireLittleEndian() {
    if (ByteOrder.nativeOrder() != ByteOrder.LITTLE_ENDIAN) {
      throw new CheckpointException("tensors are read and written on little-endian machines");
    }
  }
}
