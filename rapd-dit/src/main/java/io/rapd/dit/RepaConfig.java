package io.rapd.dit;

import static io.rapd.core.config.Check.check;

/**
 * The REPA loss (representation alignment): L_stage2 = L_FM + weight * L_REPA.
 *
 * @param weight 0.5 in the paper
 * @param block number of image blocks before the tokens are compared; 8 in the paper
 * @param hidden width of the hidden layers of the head; 1536
 */
public record RepaConfig(double weight, int block, int hidden) {
  public RepaConfig {
    check(weight > 0, "repa.weight must be positive, got %s", weight);
    check(block >= 1, "repa.block must be at least 1, got %d", block);
    check(hidden >= 1, "repa.hidden must be positive, got %d", hidden);
  }
}
