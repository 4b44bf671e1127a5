package io.rapd.train.stage2;

import static io.rapd.core.config.Check.check;

import io.rapd.core.config.Default;

/**
 * The flow-matching loss on held-out images, at noise and times that stay the same.
 *
 * @param every steps between measurements; 0, the default, for none
 * @param images most validation images to use, the first by key; 64
 * @param draws of noise and time per image; 4
 */
public record FlowValidationConfig(
    @Default("0") int every, @Default("64") int images, @Default("4") int draws) {
  public FlowValidationConfig {
    check(every >= 0, "validation.every must not be negative, got %d", every);
    check(images > 0, "validation.images must be positive, got %d", images);
    check(draws > 0, "validation.draws must be positive, got %d", draws);
  }
}
