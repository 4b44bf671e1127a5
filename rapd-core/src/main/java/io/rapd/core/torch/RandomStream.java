package io.rapd.core.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * Random numbers as a pure function of (seed, purpose, step): a resumed run needs no saved state to
 * continue the same sequence, and the numbers do not depend on device or threads.
 */
public final class RandomStream {
  private static final RandomGeneratorFactory<RandomGenerator> FACTORY =
      RandomGeneratorFactory.of("L64X128MixRandom");

  private final RandomGenerator generator;

  private RandomStream(long seed) {
    this.generator = FACTORY.create(seed);
  }

  /**
   * The stream of one purpose at one step.
   *
   * @param seed the run's recorded seed
   * @param purpose what the numbers are for, such as {@code "noise"}
   * @param step the training step or sample number
   */
  public static RandomStream of(long seed, String purpose, long step) {
    long mixed = mix(seed);
    for (int i = 0; i < purpose.length(); i++) {
      mixed = mix(mixed ^ purpose.charAt(i));
    }
    return new RandomStream(mix(mixed ^ step));
  }

  /** The finaliser of SplitMix64. */
  private static long mix(long value) {
    long z = value + 0x9E3779B97F4A7C15L;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  /** The generator behind this stream. */
  public RandomGenerator generator() {
    return generator;
  }

  /** Independent N(0, 1) values, float32. */
  public NDArray normal(NDManager manager, Shape shape) {
    int count = Math.toIntExact(shape.size());
    ByteBuffer bytes =
        ByteBuffer.allocateDirect(Math.multiplyExact(count, Float.BYTES))
            .order(ByteOrder.nativeOrder());
    FloatBuffer floats = bytes.asFloatBuffer();
    for (int i = 0; i < count; i++) {
      floats.put(i, (float) generator.nextGaussian());
    }
    try (NDArray view = manager.create(bytes, shape, DataType.FLOAT32)) {
      // The view aliases the buffer; the copy owns its memory.
      return view.duplicate();
    }
  }
}
