package io.rapd.core.nn;

import static io.rapd.core.config.Check.check;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import java.util.Set;

/** Named tensors that a module can be loaded from, such as a safetensors file or model folder. */
public interface TensorSource {
  /** The number formats of weights, as safetensors calls them. */
  List<String> WEIGHT_TYPES = List.of("F32", "F16", "BF16");

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

  /**
   * Reads some rows of a matrix of numbers as float32 to the manager's device. A file reads these
   * rows alone.
   *
   * @param rows their numbers, in any order, at least one
   * @return (rows, columns)
   */
  default NDArray readRows(String name, long[] rows, NDManager manager) {
    try (NDManager scope = manager.newSubManager()) {
      NDArray matrix = read(name, scope);
      NDList each = new NDList();
      for (long row : rows) {
        each.add(matrix.get(row));
      }
      NDArray chosen = NDArrays.stack(each);
      chosen.attach(manager);
      return chosen;
    }
  }

  /**
   * Checks, without reading any data, that a tensor holds weights of a shape.
   *
   * @throws IllegalArgumentException naming the file and the tensor if its type is not F32, F16 or
   *     BF16, or its shape another
   */
  default void requireWeights(String name, Shape expected) {
    String type = storedType(name);
    check(
        WEIGHT_TYPES.contains(type),
        "%s: tensor %s must be one of %s, got %s",
        origin(name),
        name,
        WEIGHT_TYPES,
        type);
    Shape found = shape(name);
    check(
        found.equals(expected),
        "%s: tensor %s must be %s, got %s",
        origin(name),
        name,
        expected,
        found);
  }

  /** The file or folder, for messages. */
  String description();

  /** The file that holds a tensor, for messages. */
  String origin(String name);
}
