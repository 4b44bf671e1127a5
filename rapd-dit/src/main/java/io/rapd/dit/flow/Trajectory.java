package io.rapd.dit.flow;

import static io.rapd.core.config.Check.check;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.rapd.core.torch.Autograd;
import io.rapd.core.torch.GradMode;
import io.rapd.dit.flow.Solver.StepListener;
import java.util.Arrays;
import java.util.concurrent.CancellationException;

/** The loop that all solvers share: steps from noise to data, each with its own memory. */
final class Trajectory {
  private Trajectory() {}

  /** One step of a solver. */
  @FunctionalInterface
  interface Step {
    /**
     * Takes a step.
     *
     * @param latent z at the k-th time, on a manager of this step alone
     * @param k from 0
     * @return z at the next time, on the latent's manager
     */
    NDArray next(NDArray latent, int k);
  }

  /** Takes every step; parameters, result and errors as of {@link Solver#solve}. */
  static NDArray follow(NDArray noise, double[] times, StepListener listener, Step step) {
    checkIncreasing(times);
    int steps = times.length - 1;
    try (GradMode plain = GradMode.disabled();
        NDManager trajectory = noise.getManager().newSubManager()) {
      NDArray latent = alias(noise, trajectory);
      for (int k = 0; k < steps; k++) {
        NDArray next;
        try (NDManager scope = trajectory.newSubManager()) {
          next = scope.ret(step.next(alias(latent, scope), k));
        }
        latent.close();
        latent = next;
        if (!listener.afterStep(k + 1, steps, latent)) {
          throw new CancellationException(
              "sampling stopped after step " + (k + 1) + " of " + steps);
        }
      }
      return trajectory.ret(latent);
    }
  }

  /** The same values on another manager, so that results computed from them belong there. */
  static NDArray alias(NDArray array, NDManager manager) {
    NDArray alias = Autograd.detach(array);
    alias.attach(manager);
    return alias;
  }

  private static void checkIncreasing(double[] times) {
    boolean increasing = times.length >= 2 && times[0] >= 0 && times[times.length - 1] <= 1;
    for (int k = 1; increasing && k < times.length; k++) {
      increasing = times[k] > times[k - 1];
    }
    check(
        increasing,
        "times must increase within [0, 1], at least two of them, got %s",
        Arrays.toString(times));
  }
}
