package io.rapd.core.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Set;

/** Named tensors to load a module from, such as a safetensors file or a model folder. */
public interface TensorSource {
  /** The names of all tensors. */
  Set<String> names();

  /** The shape of a tensor, known without reading it. */
  Shape shape(String name);

  /** The number format in which a tensor is stored, as safetensors calls it: {@code F32}, ... */
  String storedType(String name);

  /** A tensor as float32 (or its integer type) on that manager's device. */
  NDArray read(String name, NDManager manager);

  /**
   * A tensor of float values in bfloat16, rounded to nearest where it is stored in another type.
   * Such an array may only be given to kernels.
   */
  NDArray readBFloat16(String name, NDManager manager);

  /** Where the tensors come from, for messages. */
  String description();

  /** The file that holds a tensor, for messages. */
  String origin(String name);
}
