package io.rapd.train.data;

import static io.rapd.core.config.Check.check;

/**
 * Crops of stage 1.
 *
 * @param encoderSize R, side of the encoder input in pixels
 * @param maxScale s_max; targets have side s R with s ~ U(1, s_max)
 * @param flip whether half of the crops are flipped horizontally
 */
public record CropConfig(int encoderSize, double maxScale, boolean flip) {
  public CropConfig {
    check(encoderSize > 0, "crop.encoderSize must be positive, got %d", encoderSize);
    check(
        maxScale >= 1 && maxScale <= 64,
        "crop.maxScale must be between 1 and 64, got %s",
        maxScale);
  }
}
