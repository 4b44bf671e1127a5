package io.rapd.eval.bench;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.rapd.core.nn.Module;
import io.rapd.core.torch.AdamW;
import io.rapd.core.torch.Autograd;
import io.rapd.core.torch.GradMode;
import java.util.Collection;
import java.util.List;
import java.util.function.Supplier;

/** Steps of a module: forward, backward, AdamW. */
final class TrainedStep {
  private static final double RATE = 1e-6;
  private static final AdamW ADAM_W = new AdamW(0.9, 0.95, 1e-8, 0);

  private final Collection<NDArray> values;
  private final List<NDArray> firstMoments;
  private final List<NDArray> secondMoments;
  private long done;

  TrainedStep(Module module, NDManager memory) {
    values = module.trainedValues().values();
    firstMoments = zeros(memory);
    secondMoments = zeros(memory);
  }

  private List<NDArray> zeros(NDManager memory) {
    return values.stream().map(value -> memory.zeros(value.getShape())).toList();
  }

  void run(NDManager scope, Supplier<NDArray> loss) {
    try (GradMode on = GradMode.enabled()) {
      Autograd.backward(loss.get());
    }
    List<NDArray> gradients =
        values.stream().map(value -> Autograd.gradient(value, scope)).toList();
    ADAM_W.step(values, gradients, firstMoments, secondMoments, ++done, RATE, scope);
    values.forEach(Autograd::zeroGradient);
    values.iterator().next().sum().getFloat(); // waits for a GPU
  }
}
