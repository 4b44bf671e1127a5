package io.rapd.core.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.util.Optional;

/** Back-propagation without DJL's gradient collector, of which a JVM can have only one. */
public final class Autograd {
  private Autograd() {}

  /** Adds the gradients of a scalar to all leaves it was computed from. Frees the graph. */
  public static void backward(NDArray scalar) {
    backward(scalar, 1);
  }

  /**
   * Adds the gradients of {@code factor * scalar} to all leaves the scalar was computed from. Frees
   * the graph.
   */
  public static void backward(NDArray scalar, double factor) {
    try (NDArray gradient = scalar.getManager().full(scalar.getShape(), (float) factor)) {
      JniUtils.backward((PtNDArray) scalar, (PtNDArray) gradient, false, false);
    }
  }

  /**
   * Adds the vector-Jacobian products of an array to all leaves it was computed from.
   *
   * @param output any shape
   * @param gradient of the loss with respect to {@code output}, same shape
   * @param keepGraph whether the graph is kept for another backward pass
   * @throws IllegalArgumentException if the shapes differ
   */
  public static void backward(NDArray output, NDArray gradient, boolean keepGraph) {
    if (!output.getShape().equals(gradient.getShape())) {
      throw new IllegalArgumentException(
          "gradient must be " + output.getShape() + ", got " + gradient.getShape());
    }
    JniUtils.backward((PtNDArray) output, (PtNDArray) gradient, keepGraph, false);
  }

  /** The same values as a new leaf that collects a gradient, on the array's manager. */
  public static NDArray leaf(NDArray array) {
    NDArray leaf = detach(array);
    leaf.setRequiresGradient(true);
    return leaf;
  }

  /** The same values detached from the graph, sharing memory, on the array's manager. */
  public static NDArray detach(NDArray array) {
    return JniUtils.detachGradient((PtNDArray) array);
  }

  /**
   * The gradient a leaf has collected, on the given manager. Shares memory with the leaf's own.
   *
   * @throws IllegalStateException if none has been collected
   */
  public static NDArray gradient(NDArray leaf, NDManager manager) {
    return collected(leaf, manager)
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "array " + leaf.getShape() + " has no gradient: does the loss depend on it?"));
  }

  /** As {@link #gradient}, but empty if none has been collected. */
  public static Optional<NDArray> collected(NDArray leaf, NDManager manager) {
    // DJL's hasGradient says whether one would be collected; null means none has been yet.
    Optional<NDArray> gradient = Optional.ofNullable(JniUtils.getGradient((PtNDArray) leaf));
    gradient.ifPresent(array -> array.attach(manager));
    return gradient;
  }

  /** Sets a leaf's collected gradient to zero. */
  public static void zeroGradient(NDArray leaf) {
    JniUtils.zeroGrad((PtNDArray) leaf);
  }
}
