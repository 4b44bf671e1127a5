package io.rapd.core.checkpoint;

import ai.djl.ndarray.types.Shape;
import java.nio.file.Path;

/**
 * Where one tensor lies, as its file's header says and as was validated.
 *
 * @param name the dotted name
 * @param type the number format in the file
 * @param dtype the format's name in the file; for {@link TensorType#OTHER} its only description
 * @param shape the sizes; {@code ()} for a scalar
 * @param begin the first byte, counted from the start of the file
 * @param end one past the last byte, counted from the start of the file
 * @param file the safetensors file
 */
public record TensorEntry(
    String name, TensorType type, String dtype, Shape shape, long begin, long end, Path file) {

  /** Bytes in the file. */
  public long bytes() {
    return end - begin;
  }

  /** The start of every message about this tensor. */
  String where() {
    return file + ": tensor \"" + name + "\"";
  }
}
