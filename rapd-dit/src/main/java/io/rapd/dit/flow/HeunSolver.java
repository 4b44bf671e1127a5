package io.rapd.dit.flow;

import ai.djl.ndarray.NDArray;

/**
 * Heun's method, order 2, two evaluations per step: an Euler step to z', then z += (t_next - t)
 * (v(z, t) + v(z', t_next)) / 2. The last step is Euler's: at t = 1 the velocity of an x-prediction
 * is a quotient of vanishing numbers. So n steps cost 2n - 1 evaluations.
 */
record HeunSolver() implements Solver {
  @Override
  public NDArray solve(VelocityField field, NDArray noise, double[] times, StepListener listener) {
    return Trajectory.follow(
        noise,
        times,
        listener,
        (latent, k) -> {
          double step = times[k + 1] - times[k];
          NDArray here = field.velocity(latent, times[k]);
          NDArray euler = latent.add(here.mul(step));
          if (k + 2 == times.length) {
            return euler;
          }
          NDArray there = field.velocity(euler, times[k + 1]);
          return latent.add(here.add(there).mul(step / 2));
        });
  }
}
