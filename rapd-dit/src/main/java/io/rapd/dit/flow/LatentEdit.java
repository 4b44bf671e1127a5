package io.rapd.dit.flow;

import static io.rapd.core.config.Check.check;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.util.Optional;

/**
 * Sampling that starts from a known latent with noise added, not from noise alone (SDEdit, Meng et
 * al. 2022), and may keep part of it. The paper names editing as future work.
 *
 * @param latent normalised z~ of the image to edit (1, C, R, R), float32
 * @param strength share of the path that is sampled anew, greater than 0 and at most 1: sampling
 *     starts at time {@code 1 - strength} before the time shift; 1 keeps nothing but the masked
 *     part
 * @param mask (1, 1, R, R) in [0, 1], float32: 1 is sampled, 0 is kept, values between blend the
 *     two; empty samples everything
 */
public record LatentEdit(NDArray latent, double strength, Optional<NDArray> mask) {
  public LatentEdit {
    check(
        strength > 0 && strength <= 1,
        "strength must be greater than 0 and at most 1, got %s",
        strength);
    Shape shape = latent.getShape();
    check(
        shape.dimension() == 4 && shape.get(0) == 1,
        "the latent to edit must be (1, C, R, R), got %s",
        shape);
    if (mask.isPresent()) {
      Shape expected = new Shape(1, 1, shape.get(2), shape.get(3));
      check(
          mask.get().getShape().equals(expected),
          "the mask of latent %s must be %s, got %s",
          shape,
          expected,
          mask.get().getShape());
    }
  }

  /**
   * The times of the solver, increasing to 1. Where {@code strength * steps} is an integer, they
   * are the last times of {@link SamplingConfig#timesteps}.
   */
  double[] timesteps(SamplingConfig sampling, FlowConfig flow) {
    if (strength == 1) {
      return sampling.timesteps(flow);
    }
    int steps = (int) Math.max(1, Math.round(strength * sampling.steps()));
    TimeShift shift = sampling.shift(flow);
    double[] times = new double[steps + 1];
    for (int k = 0; k <= steps; k++) {
      times[k] = shift.apply(1 - strength * (steps - k) / steps);
    }
    return times;
  }
}
