package io.rapd.dit.flow;

import ai.djl.ndarray.NDArray;

/** Integrates a velocity field from noise (t = 0) to data (t = 1). */
public sealed interface Solver permits EulerSolver {
  /**
   * The end of the trajectory that starts at the noise. Nothing is recorded for back-propagation.
   *
   * @param field to integrate
   * @param noise (B, C, H, W), float32; left as it is
   * @param times increasing, in [0, 1], at least two: {@link TimeShift#timesteps}
   * @param listener called after each step
   * @return (B, C, H, W), float32, on the noise's manager
   * @throws java.util.concurrent.CancellationException where the listener stops it
   */
  NDArray solve(VelocityField field, NDArray noise, double[] times, StepListener listener);

  /** Hears of progress, on the solving thread. */
  @FunctionalInterface
  interface StepListener {
    /** Hears nothing and never stops. */
    StepListener NONE = (done, steps, latent) -> true;

    /**
     * Called after each step.
     *
     * @param done steps taken, from 1
     * @param steps in all
     * @param latent z at this point, valid during the call
     * @return whether to go on
     */
    boolean afterStep(int done, int steps, NDArray latent);
  }
}
