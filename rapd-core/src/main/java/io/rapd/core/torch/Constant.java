package io.rapd.core.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

/**
 * Values from Java as arrays that own their memory, for use in recorded computations. DJL's {@code
 * create} only wraps a Java buffer, which may be collected as soon as the array is closed; a graph
 * that has kept the array for its backward pass would then read what lies there by chance.
 */
public final class Constant {
  private Constant() {}

  /** Indices as an int64 vector on the manager and its device. */
  public static NDArray of(NDManager manager, long[] values) {
    try (NDArray wrapped = manager.create(values)) {
      return wrapped.duplicate();
    }
  }

  /** Numbers, row-major, as a float32 array on the manager and its device. */
  public static NDArray of(NDManager manager, float[] values, Shape shape) {
    try (NDArray wrapped = manager.create(values, shape)) {
      return wrapped.duplicate();
    }
  }
}
