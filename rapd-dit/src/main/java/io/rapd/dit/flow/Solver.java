package io.rapd.dit.flow;

import ai.djl.ndarray.NDArray;

/**
 * Integrates a velocity field from noise (t = 0) to data (t = 1); {@link SolverType} names them.
 */
public sealed interface Solver permits EulerSolver, HeunSolver, AdamsBashforthSolver {
  /**
   * Follows the trajectory from the noise to its end. Records nothing for back-propagation.
   *
   * @param field the velocity to integrate
   * @param noise (B, C, H, W), float32; not changed
   * @param times increasing, in [0, 1], at least two: {@link TimeShift#timesteps}
   * @param listener called after each step
   * @return (B, C, H, W), float32, on the noise's manager
   * @throws java.util.concurrent.CancellationException if the listener stops the sampling
   */
  NDArray solve(VelocityField field, NDArray noise, double[] times, StepListener listener);

  /** Progress of a solver; called on the solving thread. */
  @FunctionalInterface
  interface StepListener {
    /** Ignores progress and never stops the sampling. */
    StepListener NONE = (done, steps, latent) -> true;

    /**
     * Called after each step.
     *
     * @param done number of steps taken, from 1
     * @param steps number of steps in total
     * @param latent z_t after this step, valid during the call
     * @return whether to continue
     */
    boolean afterStep(int done, int steps, NDArray latent);
  }
}
