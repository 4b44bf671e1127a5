package io.rapd.train.data;

import io.rapd.core.config.Default;
import io.rapd.core.image.RgbImage;
import io.rapd.core.image.ShorterSide;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;

/**
 * How images are brought to the size of training. PixelGen's protocol is {@code skipSmall} and
 * {@code halve} with a crop of either kind (ADM's center_crop_arr).
 *
 * @param skipSmall whether images with a side below the wanted size are passed over; otherwise they
 *     are enlarged. In stage 1 the wanted size is that of the target
 * @param halve whether images at least twice the wanted size are halved by a box filter before the
 *     bicubic resampling; stage 2
 * @param crop which square is taken of the longer side; stage 2
 */
public record ResizeConfig(
    @Default("false") boolean skipSmall,
    @Default("false") boolean halve,
    @Default("centre") Crop crop) {
  /** Enlarges small images; bicubic resampling; the central square. */
  public static final ResizeConfig DEFAULT = new ResizeConfig(false, false, Crop.CENTRE);

  /** Places of a square crop. */
  public enum Crop {
    CENTRE,
    RANDOM
  }

  /** Whether an image is passed over for a square of {@code side} pixels. */
  public boolean skips(RgbImage image, int side) {
    return skipSmall && Math.min(image.height(), image.width()) < side;
  }

  /**
   * The part of the preparation that depends on the image alone: the square, or for {@link
   * Crop#RANDOM} the image with its shorter side resized. Leaves images alone that are skipped.
   */
  public UnaryOperator<RgbImage> fit(int side) {
    CentreSquare square = new CentreSquare(side);
    return image -> {
      if (skips(image, side)) {
        return image;
      }
      RgbImage halved = halve ? ShorterSide.halve(image, side) : image;
      return crop == Crop.CENTRE ? square.apply(halved) : square.resize(halved);
    };
  }

  /**
   * The square of a fitted image.
   *
   * @return empty where the image is skipped
   */
  Optional<RgbImage> square(RgbImage fitted, int side, RandomGenerator random) {
    if (Math.min(fitted.height(), fitted.width()) < side) {
      return Optional.empty();
    }
    if (crop == Crop.CENTRE) {
      return Optional.of(fitted);
    }
    int top = random.nextInt(fitted.height() - side + 1);
    int left = random.nextInt(fitted.width() - side + 1);
    return Optional.of(fitted.crop(top, left, side, side));
  }
}
