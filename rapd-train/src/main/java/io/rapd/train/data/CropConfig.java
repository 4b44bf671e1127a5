package io.rapd.train.data;

import static io.rapd.core.config.Check.check;

import io.rapd.core.config.Default;

/**
 * Crops of stage 1.
 *
 * @param encoderSize R, side of the encoder input in pixels
 * @param maxScale s_max; targets have side s R with s ~ U(1, s_max)
 * @param flip whether half of the crops are flipped horizontally
 * @param scaleGroup consecutive samples of a batch that share s: 1 draws it per image, as the paper
 *     does; 0 draws one per batch
 */
public record CropConfig(
    int encoderSize, double maxScale, boolean flip, @Default("0") int scaleGroup) {
  public CropConfig {
    check(encoderSize > 0, "crop.encoderSize must be positive, got %d", encoderSize);
    check(
        maxScale >= 1 && maxScale <= 64,
        "crop.maxScale must be between 1 and 64, got %s",
        maxScale);
    check(scaleGroup >= 0, "crop.scaleGroup must not be negative, got %d", scaleGroup);
  }
}
