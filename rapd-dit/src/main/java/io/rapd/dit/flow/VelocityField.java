package io.rapd.dit.flow;

import ai.djl.ndarray.NDArray;

/** dz/dt at any point and time; a {@link Solver} integrates it. */
@FunctionalInterface
public interface VelocityField {
  /**
   * The velocity at a point.
   *
   * @param latent z_t (B, C, H, W), float32
   * @param time t in [0, 1]
   * @return (B, C, H, W), on the latent's manager
   */
  NDArray velocity(NDArray latent, double time);
}
