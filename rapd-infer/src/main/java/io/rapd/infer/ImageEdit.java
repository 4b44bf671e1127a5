package io.rapd.infer;

import static io.rapd.core.config.Check.check;

import io.rapd.core.image.RgbImage;
import java.util.Optional;

/**
 * An image to change by a prompt. The model edits its centre square.
 *
 * @param image any size
 * @param strength how much of the sampling is done anew, greater than 0 and at most 1; small values
 *     keep the image, 1 keeps nothing outside a mask
 * @param mask of the image's size: white is generated, black is kept, grey blends the two; empty
 *     generates everything
 * @param maskBlur softens the mask's edge: standard deviation of a Gaussian in cells of the latent,
 *     0 to 64; 0 leaves the mask as it is
 */
public record ImageEdit(RgbImage image, double strength, Optional<RgbImage> mask, double maskBlur) {
  /** The blur of masks unless another is given. */
  public static final double DEFAULT_MASK_BLUR = 1;

  static final double MAX_MASK_BLUR = 64;

  public ImageEdit {
    check(
        strength > 0 && strength <= 1,
        "strength must be greater than 0 and at most 1, got %s",
        strength);
    check(
        maskBlur >= 0 && maskBlur <= MAX_MASK_BLUR,
        "mask blur must be 0 to %s, got %s",
        MAX_MASK_BLUR,
        maskBlur);
    if (mask.isPresent()) {
      check(
          mask.get().height() == image.height() && mask.get().width() == image.width(),
          "the mask must have the image's size, width %d and height %d, got width %d and height %d",
          image.width(),
          image.height(),
          mask.get().width(),
          mask.get().height());
    }
  }

  /** An edit of the whole image. */
  public ImageEdit(RgbImage image, double strength) {
    this(image, strength, Optional.empty(), DEFAULT_MASK_BLUR);
  }

  public ImageEdit withMask(RgbImage other) {
    return new ImageEdit(image, strength, Optional.of(other), maskBlur);
  }

  public ImageEdit withMaskBlur(double other) {
    return new ImageEdit(image, strength, mask, other);
  }
}
