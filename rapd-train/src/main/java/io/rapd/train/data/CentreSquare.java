package io.rapd.train.data;

import static io.rapd.core.config.Check.check;

import io.rapd.core.grid.Region;
import io.rapd.core.image.Resampler;
import io.rapd.core.image.Resampling;
import io.rapd.core.image.RgbImage;
import java.util.function.UnaryOperator;

/**
 * Resizes an image so that its shorter side is R (antialiased bicubic, aspect ratio kept), then
 * takes the central R x R crop.
 *
 * @param side R in pixels
 */
public record CentreSquare(int side) implements UnaryOperator<RgbImage> {
  public CentreSquare {
    check(side > 0, "side must be positive, got %d", side);
  }

  @Override
  public RgbImage apply(RgbImage image) {
    double factor = (double) side / Math.min(image.height(), image.width());
    int height = scaled(image.height(), factor);
    int width = scaled(image.width(), factor);
    Region middle = new Region((height - side) / 2, (width - side) / 2, side, side);
    return new Resampler(Resampling.BICUBIC, image.height(), image.width(), height, width)
        .apply(image, middle);
  }

  /** The image with its shorter side resized to R, uncropped. */
  RgbImage resize(RgbImage image) {
    double factor = (double) side / Math.min(image.height(), image.width());
    return Resampler.resize(
        image, Resampling.BICUBIC, scaled(image.height(), factor), scaled(image.width(), factor));
  }

  private int scaled(int length, double factor) {
    return Math.max(side, Math.toIntExact(Math.round(length * factor)));
  }
}
