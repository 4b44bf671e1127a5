package io.rapd.core.nn;

import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.function.ToDoubleFunction;
import java.util.random.RandomGenerator;

/** The distribution of a parameter's initial values. */
@FunctionalInterface
public interface Initializer {
  /**
   * Fills an array with a parameter's initial values, row-major.
   *
   * @param values as many as the shape has elements
   */
  void fill(float[] values, Shape shape, RandomGenerator random);

  /** Independent values, each drawn by the given function. */
  private static Initializer each(ToDoubleFunction<RandomGenerator> draw) {
    return (values, shape, random) -> {
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) draw.applyAsDouble(random);
      }
    };
  }

  /** All values equal. */
  static Initializer constant(float value) {
    return (values, shape, random) -> Arrays.fill(values, value);
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
    return each(random -> std * random.nextGaussian());
  }

  /** N(0, std²) truncated to [-2 std, 2 std]. */
  static Initializer truncatedNormal(double std) {
    return each(
        random -> {
          double value;
          do {
            value = random.nextGaussian();
          } while (Math.abs(value) > 2);
          return std * value;
        });
  }

  /** U(-bound, bound). */
  static Initializer uniform(double bound) {
    return each(random -> bound * (2 * random.nextDouble() - 1));
  }

  /** Glorot's uniform distribution, bound sqrt(6 / (in + out)), for weights (out, in, ..). */
  static Initializer xavierUniform() {
    return (values, shape, random) ->
        uniform(Math.sqrt(6.0 / (double) (fanIn(shape) + fanOut(shape))))
            .fill(values, shape, random);
  }

  /** PyTorch's default for linear and convolution weights (out, in, ..): bound 1 / sqrt(in). */
  static Initializer torchDefault() {
    return (values, shape, random) -> torchDefaultBias(fanIn(shape)).fill(values, shape, random);
  }

  /** PyTorch's default for the bias of a linear or convolution layer: bound 1 / sqrt(fan-in). */
  static Initializer torchDefaultBias(long fanIn) {
    return uniform(1 / Math.sqrt((double) fanIn));
  }

  /** The given values, for fixed tables. */
  static Initializer values(float[] table) {
    float[] copy = table.clone();
    return (values, shape, random) -> System.arraycopy(copy, 0, values, 0, values.length);
  }

  private static long fanIn(Shape weight) {
    return weight.slice(1).size();
  }

  private static long fanOut(Shape weight) {
    return weight.get(0) * weight.slice(Math.min(2, weight.dimension())).size();
  }
}
