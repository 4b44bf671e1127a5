package io.rapd.core.nn;

import static io.rapd.core.config.Check.check;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.torch.Constant;
import io.rapd.core.torch.RandomStream;
import org.jspecify.annotations.Nullable;

/** One named tensor of a module: name, shape, initializer and, once bound, its array. */
public final class Parameter {
  /** The longest array that every Java runtime can make. */
  private static final int MOST_VALUES = Integer.MAX_VALUE - 8;

  private final String name;
  private final Shape shape;
  private final boolean trained;
  private final Initializer initializer;
  private boolean frozen;
  private @Nullable NDArray value;

  /** Of the rows of an int8 matrix. */
  private @Nullable NDArray scales;

  Parameter(String name, Shape shape, boolean trained, Initializer initializer) {
    this.name = name;
    this.shape = shape;
    this.trained = trained;
    this.initializer = initializer;
  }

  /** The name within its module, such as {@code weight}. */
  public String name() {
    return name;
  }

  /** The shape as in PyTorch: linear weights (out, in), convolutions (out, in, kh, kw). */
  public Shape shape() {
    return shape;
  }

  /** Whether the optimiser updates it; not so fixed tables and frozen parameters. */
  public boolean trained() {
    return trained && !frozen;
  }

  /** Whether it is a fixed table: computed by its initializer, stored, never trained. */
  public boolean isTable() {
    return !trained;
  }

  void freeze() {
    frozen = true;
  }

  /**
   * The array.
   *
   * @throws IllegalStateException if the module has not been initialised, loaded or bound, or was
   *     loaded with int8 weights, which kernels alone can use
   */
  public NDArray value() {
    if (scales != null) {
      throw new IllegalStateException(
          "parameter " + name + " " + shape + " is kept in int8, which is for inference only");
    }
    return stored();
  }

  /** The array that kernels take: of an int8 matrix its int8 values. */
  NDArray stored() {
    NDArray array = value;
    if (array == null) {
      throw new IllegalStateException(
          "parameter " + name + " " + shape + " has no values yet: initialise or load its module");
    }
    return array;
  }

  /** The scales (out, 1) of an int8 matrix. */
  @Nullable NDArray scales() {
    return scales;
  }

  void bind(Int8Matrix matrix) {
    bind(matrix.values());
    scales = matrix.scales();
  }

  void bind(NDArray array) {
    if (!array.getShape().equals(shape)) {
      throw new IllegalArgumentException(
          "parameter " + name + " must be " + shape + ", got " + array.getShape());
    }
    value = array;
    scales = null;
  }

  void initialize(NDManager manager, RandomStream random) {
    check(
        shape.size() <= MOST_VALUES,
        "parameter %s %s must have at most %d values",
        name,
        shape,
        MOST_VALUES);
    float[] values = new float[(int) shape.size()];
    initializer.fill(values, shape, random.generator());
    bind(Constant.of(manager, values, shape));
  }
}
