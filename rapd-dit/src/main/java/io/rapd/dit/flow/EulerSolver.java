package io.rapd.dit.flow;

import ai.djl.ndarray.NDArray;

/** Euler's method, one evaluation per step: z += (t_next - t) v(z, t). */
record EulerSolver() implements Solver {
  @Override
  public NDArray solve(VelocityField field, NDArray noise, double[] times, StepListener listener) {
    return Trajectory.follow(
        noise,
        times,
        listener,
        (latent, k) -> latent.add(field.velocity(latent, times[k]).mul(times[k + 1] - times[k])));
  }
}
