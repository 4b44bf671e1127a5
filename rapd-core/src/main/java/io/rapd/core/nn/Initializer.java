package io.rapd.core.nn;

import ai.djl.ndarray.types.Shape;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/** The distribution of a parameter's first values. */
@FunctionalInterface
public interface Initializer {
  /**
   * Fills a buffer with the values of a parameter of that shape, row-major.
   *
   * @param values as long as the shape's size
   */
  void fill(FloatBuffer values, Shape shape, RandomGenerator random);

  /** All values equal. */
  static Initializer constant(float value) {
    return (values, shape, random) -> {
      for (int i = 0; i < values.capacity(); i++) {
        values.put(i, value);
      }
    };
  }

  /** All zero. */
  static Initializer zeros() {
    return constant(0f);
  }

  /** All one. */
  static Initializer ones() {
    return constant(1f);
  }

  /** N(0, std²). */
  static Initializer normal(double std) {
    return (values, shape, random) -> {
      for (int i = 0; i < values.capacity(); i++) {
        values.put(i, (float) (std * random.nextGaussian()));
      }
    };
  }

  /**
   * N(0, std²), redrawn beyond two standard deviations (Swin's and ViT's {@code trunc_normal_}).
   */
  static Initializer truncatedNormal(double std) {
    return (values, shape, random) -> {
      for (int i = 0; i < values.capacity(); i++) {
        double value;
        do {
          value = random.nextGaussian();
        } while (Math.abs(value) > 2);
        values.put(i, (float) (std * value));
      }
    };
  }

  /** U(-bound, bound). */
  static Initializer uniform(double bound) {
    return (values, shape, random) -> {
      for (int i = 0; i < values.capacity(); i++) {
        values.put(i, (float) (bound * (2 * random.nextDouble() - 1)));
      }
    };
  }

  /** Glorot's uniform distribution, bound sqrt(6 / (in + out)), for weights (out, in, ..). */
  static Initializer xavierUniform() {
    return (values, shape, random) ->
        uniform(Math.sqrt(6.0 / (double) (fanIn(shape) + fanOut(shape))))
            .fill(values, shape, random);
  }

  /** PyTorch's default for linear and convolution weights (out, in, ..): bound 1 / sqrt(in). */
  static Initializer torchDefault() {
    return (values, shape, random) ->
        uniform(1 / Math.sqrt((double) fanIn(shape))).fill(values, shape, random);
  }

  /** PyTorch's default for the bias of a layer with so many inputs a value. */
  static Initializer torchDefaultBias(long fanIn) {
    return uniform(1 / Math.sqrt((double) fanIn));
  }

  /** Given values, for fixed tables. */
  static Initializer values(float[] table) {
    float[] copy = Arrays.copyOf(table, table.length);
    return (values, shape, random) -> values.duplicate().put(copy);
  }

  private static long fanIn(Shape weight) {
    return weight.slice(1).size();
  }

  private static long fanOut(Shape weight) {
    return weight.get(0) * weight.slice(Math.min(2, weight.dimension())).size();
  }
}
