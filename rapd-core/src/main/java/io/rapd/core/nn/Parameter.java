package io.rapd.core.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.torch.Constant;
import io.rapd.core.torch.RandomStream;
import org.jspecify.annotations.Nullable;

/** One named tensor of a module: name, shape, initializer and, once bound, its array. */
public final class Parameter {
  private final String name;
  private final Shape shape;
  private final boolean trained;
  private final Initializer initializer;
  private @Nullable NDArray value;

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

  /** Whether the optimiser updates it; fixed tables are stored but not trained. */
  public boolean trained() {
    return trained;
  }

  /**
   * The array.
   *
   * @throws IllegalStateException if the module has not been initialised, loaded or bound
   */
  public NDArray value() {
    NDArray array = value;
    if (array == null) {
      throw new IllegalStateException(
          "parameter " + name + " " + shape + " has no values yet: initialise or load its module");
    }
    return array;
  }

  void bind(NDArray array) {
    if (!array.getShape().equals(shape)) {
      throw new IllegalArgumentException(
          "parameter " + name + " must be " + shape + ", got " + array.getShape());
    }
    value = array;
  }

  void initialize(NDManager manager, RandomStream random) {
    float[] values = new float[Math.toIntExact(shape.size())];
    initializer.fill(values, shape, random.generator());
    value = Constant.of(manager, values, shape);
  }
}
