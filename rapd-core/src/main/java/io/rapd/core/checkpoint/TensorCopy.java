package io.rapd.core.checkpoint;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Copies a tensor out of a mapped file into native memory, piece by piece, converting on the way.
 * Only a piece is mapped at a time, so that the peak of resident memory is the arrays' own.
 *
 * <p>The copy goes through Java's buffers, never from the mapping straight into libtorch: where a
 * mapped file is cut short by someone else, Java throws, but native code would end the process.
 */
final class TensorCopy {
  /** Elements a piece: large enough that calls do not count, small enough for any buffer. */
  private static final long PIECE = 1 << 24;

  private TensorCopy() {}

  static NDArray read(SafetensorsFile file, TensorEntry entry, NDManager manager) {
    DataType type = entry.type().arrayType();
    if (entry.type() == TensorType.F16 || entry.type() == TensorType.BF16) {
      type = DataType.FLOAT32;
    }
    if (type == null) {
      throw new CheckpointException(
          "%s has dtype %s, which no array can hold".formatted(entry.where(), entry.type()));
    }
    return copy(file, entry, type, manager);
  }

  static NDArray readBits16(SafetensorsFile file, TensorEntry entry, NDManager manager) {
    if (entry.type() != TensorType.F16 && entry.type() != TensorType.BF16) {
      throw new CheckpointException(
          "%s has dtype %s, expected F16 or BF16".formatted(entry.where(), entry.type()));
    }
    return copy(file, entry, DataType.FLOAT16, manager);
  }

  private static NDArray copy(
      SafetensorsFile file, TensorEntry entry, DataType type, NDManager manager) {
    Device device = manager.getDevice();
    // Arrays are filled on the host; a device gets its copy of each tensor when it is whole.
    try (NDManager host = manager.newSubManager(Device.cpu())) {
      NDArray array = host.create(entry.shape(), type);
      fill(file, entry, type, array);
      NDArray placed = device.equals(Device.cpu()) ? array : array.toDevice(device, true);
      placed.attach(manager);
      return placed;
    } catch (InternalError e) {
      throw new CheckpointException(
          entry.where() + " can no longer be read: the file became shorter", e);
    }
  }

  private static void fill(SafetensorsFile file, TensorEntry entry, DataType type, NDArray array) {
    long elements = entry.shape().size();
    int width = entry.type().bytes();
    NDArray flat = array.reshape(new Shape(elements)); // (elements), a view
    for (long first = 0; first < elements; first += PIECE) {
      long end = Math.min(elements, first + PIECE);
      try (MappedPart part =
              new MappedPart(file.map(entry.begin() + first * width, (int) (end - first) * width));
          NDArray piece = flat.get(new NDIndex().addSliceDim(first, end))) {
        // A direct view of libtorch's own memory.
        ByteBuffer target = piece.toByteBuffer(true).order(ByteOrder.nativeOrder());
        transfer(entry, type, part.bytes(), target);
      }
    }
  }

  private static void transfer(
      TensorEntry entry, DataType type, ByteBuffer source, ByteBuffer target) {
    if (entry.type() == TensorType.BOOL) {
      requireBooleans(entry, source);
    }
    if (type == DataType.FLOAT32 && entry.type() == TensorType.BF16) {
      HalfFloat.widenBFloat16(source.asShortBuffer(), target.asFloatBuffer());
    } else if (type == DataType.FLOAT32 && entry.type() == TensorType.F16) {
      HalfFloat.widenFloat16(source.asShortBuffer(), target.asFloatBuffer());
    } else {
      requireLittleEndian();
      target.put(source);
    }
  }

  /** A bool in libtorch is a byte of 0 or 1; anything else is undefined behaviour in C++. */
  private static void requireBooleans(TensorEntry entry, ByteBuffer source) {
    for (int i = 0; i < source.limit(); i++) {
      byte value = source.get(i);
      if (value != 0 && value != 1) {
        throw new CheckpointException(
            "%s has dtype BOOL but holds the byte %d, expected 0 or 1"
                .formatted(entry.where(), value & 0xff));
      }
    }
  }

  static void requireLittleEndian() {
    if (ByteOrder.nativeOrder() != ByteOrder.LITTLE_ENDIAN) {
      throw new CheckpointException("safetensors files are supported on little-endian machines");
    }
  }
}
