package io.rapd.core.checkpoint.torch;

import static io.rapd.core.text.Messages.message;

import ai.djl.ndarray.types.Shape;
import io.rapd.core.checkpoint.CheckpointException;
import io.rapd.core.checkpoint.StoredValues;
import io.rapd.core.checkpoint.TensorEntry;
import io.rapd.core.checkpoint.TensorType;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * A named tensor whose offset, sizes and strides were found to lie within its storage.
 *
 * @param span elements from the first that it reaches to the last, both included; 0 where it is
 *     empty
 */
record TensorView(String name, TorchTensor tensor, Shape shape, long span) {
  /**
   * A tensor of more elements than its storage repeats some (stride 0). Beyond so many, a small
   * file would ask for more memory than its weights could be worth.
   */
  private static final long MOST_REPEATED = 1L << 24;

  /**
   * Checks a tensor.
   *
   * @throws CheckpointException where it does not lie within its storage
   */
  static TensorView of(String where, String name, TorchTensor tensor) {
    long[] sizes = tensor.sizes();
    long[] strides = tensor.strides();
    String geometry =
        message(
            "%s of shape %s, strides %s, offset %d",
            where, Arrays.toString(sizes), Arrays.toString(strides), tensor.offset());
    if (sizes.length != strides.length || tensor.offset() < 0) {
      throw new CheckpointException(geometry + ": expected a stride per axis, none negative");
    }
    try {
      long elements = 1;
      long padded = tensor.type().bytes();
      long last = 0;
      for (int axis = 0; axis < sizes.length; axis++) {
        if (sizes[axis] < 0 || strides[axis] < 0) {
          throw new CheckpointException(geometry + ": expected sizes and strides of at least 0");
        }
        elements = Math.multiplyExact(elements, sizes[axis]);
        padded = Math.multiplyExact(padded, Math.max(1, sizes[axis]));
        last = Math.addExact(last, Math.multiplyExact(Math.max(0, sizes[axis] - 1), strides[axis]));
      }
      long held = tensor.storage().elements();
      if (elements > 0 && Math.addExact(tensor.offset(), last) >= held) {
        throw new CheckpointException(
            "%s: reaches element %d of its storage, which has %d",
            geometry, tensor.offset() + last, held);
      }
      if (elements > Math.max(held, MOST_REPEATED)) {
        throw new CheckpointException(
            "%s: repeats the %d elements of its storage to %d, expected at most %d",
            geometry, held, elements, MOST_REPEATED);
      }
      return new TensorView(name, tensor, new Shape(sizes), elements == 0 ? 0 : last + 1);
    } catch (ArithmeticException e) {
      throw new CheckpointException(geometry + ": takes more than 2^63 bytes", e);
    }
  }

  /** Whether the elements lie in row-major order without gaps. */
  boolean contiguous() {
    long expected = 1;
    long[] sizes = tensor.sizes();
    long[] strides = tensor.strides();
    for (int axis = sizes.length - 1; axis >= 0; axis--) {
      if (sizes[axis] > 1 && strides[axis] != expected) {
        return false;
      }
      expected *= Math.max(1, sizes[axis]);
    }
    return true;
  }

  /** The first byte that it reaches in its file. */
  private long begin(StorageMap.Region region) {
    TorchStorage storage = tensor.storage();
    return region.begin() + (storage.first() + tensor.offset()) * storage.type().bytes();
  }

  /** Its elements in row-major order. */
  StoredValues values(StorageMap.Region region) {
    int width = tensor.type().bytes();
    return contiguous()
        ? StoredValues.contiguous(region.file(), begin(region), width)
        : new StridedValues(region.file(), begin(region), this);
  }

  /** What the copy to an array needs to know. */
  TensorEntry entry(Path file, StorageMap.Region region) {
    TensorType stored = tensor.type().stored();
    if (stored == null) {
      throw new CheckpointException(
          "%s: tensor \"%s\" has dtype %s, which cannot be read", file, name, tensor.type());
    }
    long begin = begin(region);
    return new TensorEntry(
        name, stored, stored.name(), shape, begin, begin + span * tensor.type().bytes(), file);
  }
}
