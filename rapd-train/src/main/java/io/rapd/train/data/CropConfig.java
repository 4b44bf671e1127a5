package io.rapd.train.data;

import static io.rapd.core.config.Check.check;

/**
 * How stage 1 cuts its images.
 *
 * @param encoderSize R, side of the encoder's input in pixels
 * @param maxScale s_max; the target's side is s R with s ~ U(1, s_max)
 * @param flip whether half of the crops are mirrored
 */
public record CropConfig(int encoderSize, double maxScale, boolean flip) {
  /** Validates. */
  public CropConfig {
    check(encoderSize > 0, "crop.encoderSize must be positive, got %d", encoderSize);
    check(
        maxScale >= 1 && maxScale <= 64,
        "crop.maxScale must be between 1 and 64, got %s",
        maxScale);
  }
}
