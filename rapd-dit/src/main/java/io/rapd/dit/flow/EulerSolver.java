package io.rapd.dit.flow;

import static io.rapd.core.config.Check.check;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.rapd.core.torch.Autograd;
import io.rapd.core.torch.GradMode;
import java.util.Arrays;
import java.util.concurrent.CancellationException;

/** Euler's method: z += (t_next - t) v(z, t). */
public record EulerSolver() implements Solver {
  @Override
  public NDArray solve(VelocityField field, NDArray noise, double[] times, StepListener listener) {
    checkIncreasing(times);
    int steps = times.length - 1;
    try (GradMode plain = GradMode.disabled();
        NDManager trajectory = noise.getManager().newSubManager()) {
      NDArray latent = alias(noise, trajectory);
      for (int k = 0; k < steps; k++) {
        NDArray next = step(field, latent, times[k], times[k + 1]);
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

  /** One step; the result is on the latent's manager, everything else is freed. */
  private static NDArray step(VelocityField field, NDArray latent, double time, double next) {
    try (NDManager scope = latent.getManager().newSubManager()) {
      NDArray start = alias(latent, scope);
      NDArray velocity = field.velocity(start, time);
      return scope.ret(start.add(velocity.mul(next - time)));
    }
  }

  /** The same values on another manager, so that results computed from them belong there. */
  private static NDArray alias(NDArray array, NDManager manager) {
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
