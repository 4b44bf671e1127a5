package io.rapd.core.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

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

  /** A float32 array on the manager's device, from row-major values. */
  public static NDArray of(NDManager manager, float[] values, Shape shape) {
    try (NDArray wrapped = manager.create(values, shape)) {
      return wrapped.duplicate();
    }
  }
}
