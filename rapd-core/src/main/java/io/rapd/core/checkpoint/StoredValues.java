package io.rapd.core.checkpoint;

import java.nio.ByteBuffer;
import java.util.function.Consumer;

/** The elements of one tensor in row-major order, wherever they lie in a file. */
@FunctionalInterface
public interface StoredValues {
  /**
   * Gives some elements, little-endian, in the type in which they are stored.
   *
   * @param first the first element, counted in row-major order
   * @param count the number of elements
   * @param use called once; the buffer is valid only during the call
   */
  void read(long first, int count, Consumer<ByteBuffer> use);

  /** Elements that lie in a file in row-major order without gaps. */
  static StoredValues contiguous(MappedFile file, long begin, int elementBytes) {
    return (first, count, use) -> {
      try (MappedPart part = file.part(begin + first * elementBytes, count * elementBytes)) {
        use.accept(part.load());
      }
    };
  }
}
