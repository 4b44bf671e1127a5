package io.rapd.dit.flow;

import ai.djl.ndarray.NDArray;

/** dz/dt at any point and time: what a {@link Solver} integrates. */
@FunctionalInterface
public interface VelocityField {
  /**
   * The velocity, on the latent's manager.
   *
   * @param latent z_t (B, C, H, W), float32
   * @param time t in [0, 1]
   * @return same shape
   */
  NDArray velocity(NDArray latent, double time);
}
