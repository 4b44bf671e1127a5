package io.rapd.core.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Set;

/** Named tensors that a module can be loaded from, such as a safetensors file or model folder. */
public interface TensorSource {
  /** The names of all tensors. */
  Set<String> names();

  /** The shape of a tensor; its data is not read. */
  Shape shape(String name);

  /** The stored number format of a tensor by its safetensors name, such as {@code F32}. */
  String storedType(String name);

  /** Reads a tensor as float32 (integers as stored) to the manager's device. */
  NDArray read(String name, NDManager manager);

  /**
   * Reads a floating-point tensor as bfloat16, rounded to nearest if it is stored in another type.
   * Only kernels may use such an array.
   */
  NDArray readBFloat16(String name, NDManager manager);

  /** The file or folder, for messages. */
  String description();

  /** The file that holds a tensor, for messages. */
  String origin(String name);
}
