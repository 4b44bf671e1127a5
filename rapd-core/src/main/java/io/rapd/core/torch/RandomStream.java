package io.rapd.core.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * Random numbers as a pure function of (seed, purpose, step). A resumed run continues the same
 * sequence without saved state, and the numbers do not depend on the device or on threads.
 */
public final class RandomStream {
  private static final RandomGeneratorFactory<RandomGenerator> FACTORY =
      RandomGeneratorFactory.of("L64X128MixRandom");

  /** Values made on the heap at a time. */
  private static final int PART = 1 << 26;

  private final RandomGenerator generator;

  private RandomStream(long seed) {
    this.generator = FACTORY.create(seed);
  }

  /**
   * The stream for one purpose at one step.
   *
   * @param seed the seed of the run
   * @param purpose what the numbers are for, such as {@code "noise"}
   * @param step the training step or the index of the sample
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

  /** Passes over numbers that {@link #normal} would return. */
  public void skipNormal(long count) {
    for (long i = 0; i < count; i++) {
      generator.nextGaussian();
    }
  }

  /** Independent N(0, 1) values in float32. */
  public NDArray normal(NDManager manager, Shape shape) {
    return normal(manager, shape, PART);
  }

  NDArray normal(NDManager manager, Shape shape, int part) {
    long size = shape.size();
    if (size <= part) {
      return Constant.of(manager, gaussians((int) size), shape);
    }
    try (NDManager scope = manager.newSubManager()) {
      NDList parts = new NDList();
      for (long first = 0; first < size; first += part) {
        int count = (int) Math.min(part, size - first);
        parts.add(Constant.of(scope, gaussians(count), new Shape(count)));
      }
      return scope.ret(NDArrays.concat(parts).reshape(shape));
    }
  }

  private float[] gaussians(int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) generator.nextGaussian();
    }
    return values;
  }
}
