package io.rapd.dit.flow;

import static io.rapd.core.config.Check.check;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;

/**
 * The Adams-Bashforth method of uneven steps, one evaluation per step: z += (t_next - t) times the
 * mean over the step of the polynomial through the last velocities. The first steps have fewer
 * velocities and a lower order. PixelGen's {@code AdamLMSamplerJiT}.
 *
 * @param order how many velocities a step uses, 1 to 3; 1 is Euler's method
 */
record AdamsBashforthSolver(int order) implements Solver {
  private static final int MAX_ORDER = 3;

  AdamsBashforthSolver {
    check(order >= 1 && order <= MAX_ORDER, "order must be 1 to %d, got %d", MAX_ORDER, order);
  }

  @Override
  public NDArray solve(VelocityField field, NDArray noise, double[] times, StepListener listener) {
    try (NDManager past = noise.getManager().newSubManager()) {
      Deque<NDArray> velocities = new ArrayDeque<>(); // the oldest first
      return Trajectory.follow(
          noise,
          times,
          listener,
          (latent, k) -> {
            NDArray velocity = field.velocity(latent, times[k]);
            velocity.attach(past);
            velocities.addLast(velocity);
            if (velocities.size() > order) {
              velocities.removeFirst().close();
            }
            double[] weights = weights(times, k);
            NDArray moved = latent;
            int i = 0;
            for (NDArray earlier : velocities) {
              NDArray here = Trajectory.alias(earlier, latent.getManager());
              moved = moved.add(here.mul(weights[i++] * (times[k + 1] - times[k])));
            }
            return moved;
          });
    }
  }

  /**
   * Weights of the velocities at the last times up to the k-th, the oldest first: the mean over
   * [t_k, t_k+1] of each Lagrange polynomial. They sum to 1.
   */
  double[] weights(double[] times, int k) {
    double[] nodes = Arrays.copyOfRange(times, Math.max(0, k + 1 - order), k + 1);
    double middle = (times[k] + times[k + 1]) / 2;
    double[] weights = new double[nodes.length];
    for (int j = 0; j < nodes.length; j++) {
      // Simpson's rule, exact up to cubic polynomials.
      weights[j] =
          (lagrange(nodes, j, times[k])
                  + 4 * lagrange(nodes, j, middle)
                  + lagrange(nodes, j, times[k + 1]))
              / 6;
    }
    return weights;
  }

  /** The polynomial that is 1 at node j and 0 at the others. */
  private static double lagrange(double[] nodes, int j, double time) {
    double value = 1;
    for (int m = 0; m < nodes.length; m++) {
      if (m != j) {
        value *= (time - nodes[m]) / (nodes[j] - nodes[m]);
      }
    }
    return value;
  }
}
