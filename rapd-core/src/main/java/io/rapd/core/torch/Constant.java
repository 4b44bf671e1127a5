package io.rapd.core.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;

/**
 * Java values as arrays that own their memory, as recorded computations need them. DJL's {@code
 * create} only wraps a Java buffer, which may be garbage-collected once the array is closed; a
 * graph that saved the array for its backward pass would then read arbitrary memory.
 */
public final class Constant {
  private Constant() {}

  /** An int64 vector on the manager's device. */
  public static NDArray of(NDManager manager, long[] values) {
    try (NDArray wrapped = manager.create(values)) {
      return wrapped.duplicate();
    }
  }

  /** A buffer has fewer than 2^31 bytes; larger arrays are joined from parts. */
  private static final int PART = 1 << 28;

  /** A float32 array on the manager's device, from row-major values. */
  public static NDArray of(NDManager manager, float[] values, Shape shape) {
    return of(manager, values, shape, PART);
  }

  static NDArray of(NDManager manager, float[] values, Shape shape, int part) {
    if (values.length <= part) {
      try (NDArray wrapped = manager.create(values, shape)) {
        return wrapped.duplicate();
      }
    }
    try (NDManager scope = manager.newSubManager()) {
      NDList parts = new NDList();
      for (long first = 0; first < values.length; first += part) {
        float[] piece =
            Arrays.copyOfRange(values, (int) first, (int) Math.min(values.length, first + part));
        parts.add(of(scope, piece, new Shape(piece.length), part));
      }
      return scope.ret(NDArrays.concat(parts).reshape(shape));
    }
  }
}
