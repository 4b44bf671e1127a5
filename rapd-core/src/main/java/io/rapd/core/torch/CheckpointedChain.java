package io.rapd.core.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Activation checkpointing for parts of a network that follow each other (Chen et al. 2016,
 * "Training deep nets with sublinear memory cost"). The forward pass records nothing and keeps the
 * input of each part; the backward pass runs the parts again, last to first, recording one at a
 * time. Gradients are those of a recorded forward pass.
 *
 * <p>Whatever a part uses besides its input must be a parameter or another leaf.
 */
public final class CheckpointedChain {
  private final NDManager scope;
  private final NDArray start;
  private final List<NDArray> values = new ArrayList<>();
  private final List<UnaryOperator<NDArray>> parts = new ArrayList<>();
  private final Map<Integer, NDArray> leaves = new TreeMap<>();

  /**
   * @param start input of the first part, recorded up to here
   * @param scope holds the inputs of the parts until it is closed, after {@link #backward}
   */
  public CheckpointedChain(NDArray start, NDManager scope) {
    this.start = start;
    this.scope = scope;
    values.add(on(scope, Autograd.detach(start)));
  }

  /** Runs a part on the last value without recording. */
  public void run(UnaryOperator<NDArray> part) {
    try (GradMode off = GradMode.disabled()) {
      values.add(on(scope, part.apply(last())));
    }
    parts.add(part);
  }

  /** The last value as a leaf, for what follows the chain or branches off here. */
  public NDArray leaf() {
    return leaves.computeIfAbsent(parts.size(), at -> on(scope, Autograd.leaf(last())));
  }

  private NDArray last() {
    return values.get(values.size() - 1);
  }

  /**
   * Propagates the gradients that the leaves have collected through the parts and through what
   * {@code start} was computed from.
   *
   * @throws IllegalStateException if no leaf has collected any
   */
  public void backward() {
    NDArray gradient = collected(parts.size(), null);
    for (int i = parts.size() - 1; i >= 0; i--) {
      if (gradient != null) {
        gradient = through(i, gradient);
      }
      gradient = collected(i, gradient);
    }
    if (gradient == null) {
      throw new IllegalStateException("no gradient has reached the chain: backward the loss first");
    }
    Autograd.backward(start, gradient, false);
    gradient.close();
  }

  /** Runs part {@code i} again and propagates the gradient of its output to its input. */
  private NDArray through(int i, NDArray gradient) {
    values.get(i + 1).close();
    try (NDManager part = scope.newSubManager();
        GradMode recording = GradMode.enabled()) {
      NDArray input = on(part, Autograd.leaf(values.get(i)));
      Autograd.backward(parts.get(i).apply(input), gradient, false);
      gradient.close();
      return Autograd.gradient(input, scope);
    }
  }

  /** The sum of a gradient and of what the leaf after {@code i} parts has collected. */
  private @Nullable NDArray collected(int i, @Nullable NDArray gradient) {
    NDArray leaf = leaves.get(i);
    Optional<NDArray> own = leaf == null ? Optional.empty() : Autograd.collected(leaf, scope);
    if (gradient == null || own.isEmpty()) {
      return own.orElse(gradient);
    }
    try (GradMode off = GradMode.disabled();
        NDArray before = gradient;
        NDArray more = own.get()) {
      return on(scope, before.add(more));
    }
  }

  private static NDArray on(NDManager manager, NDArray array) {
    array.attach(manager);
    return array;
  }
}
