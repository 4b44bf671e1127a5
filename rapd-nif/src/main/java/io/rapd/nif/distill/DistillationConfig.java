package io.rapd.nif.distill;

import static io.rapd.core.config.Check.check;

/**
 * The semantic distillation loss.
 *
 * @param weight constant factor, applied with the adaptive one; 0.1 in the paper
 * @param cosineMargin 0.5 in the paper
 * @param distanceMargin 0.25 in the paper
 * @param positions number of positions per image that the distance matrix compares; all of them if
 *     the image has fewer
 */
public record DistillationConfig(
    double weight, double cosineMargin, double distanceMargin, int positions) {
  public DistillationConfig {
    check(weight > 0, "distillation.weight must be positive, got %s", weight);
    check(
        cosineMargin >= 0 && cosineMargin < 2,
        "distillation.cosineMargin must be in [0, 2), got %s",
        cosineMargin);
    check(
        distanceMargin >= 0 && distanceMargin < 2,
        "distillation.distanceMargin must be in [0, 2), got %s",
        distanceMargin);
    check(positions > 1, "distillation.positions must be at least 2, got %d", positions);
  }
}
