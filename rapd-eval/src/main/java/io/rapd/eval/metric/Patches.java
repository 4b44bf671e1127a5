package io.rapd.eval.metric;

import static io.rapd.core.config.Check.check;

import io.rapd.core.image.RgbImage;
import java.util.ArrayList;
import java.util.List;

/**
 * Square patches of large images, for the Frechet distance between details that a resize to 299 x
 * 299 would remove (patch FID; Chai et al., 2022, Any-resolution training, which draws them at
 * random). Here they lie on the smallest grid that covers the image, spread evenly from edge to
 * edge, so that two runs see the same patches.
 *
 * @param side of a patch in pixels
 */
public record Patches(int side) {
  public Patches {
    check(side >= 1, "the side of a patch must be positive, got %d", side);
  }

  /** The number of patches of an image. */
  public int count(RgbImage image) {
    return perAxis(image.height()) * perAxis(image.width());
  }

  /**
   * One patch.
   *
   * @param index row by row, below {@link #count}
   * @throws IllegalArgumentException if the image is smaller than a patch
   */
  public RgbImage patch(RgbImage image, int index) {
    check(
        image.height() >= side && image.width() >= side,
        "an image must have at least %d x %d pixels for such patches, got %d x %d",
        side,
        side,
        image.height(),
        image.width());
    int columns = perAxis(image.width());
    int top = offset(image.height(), index / columns);
    int left = offset(image.width(), index % columns);
    return image.crop(top, left, side, side);
  }

  /** All patches of an image. */
  public List<RgbImage> of(RgbImage image) {
    List<RgbImage> patches = new ArrayList<>();
    for (int i = 0; i < count(image); i++) {
      patches.add(patch(image, i));
    }
    return patches;
  }

  private int perAxis(int length) {
    return Math.max(1, (int) (((long) length + side - 1) / side));
  }

  private int offset(int length, int index) {
    int steps = perAxis(length) - 1;
    return steps == 0 ? (length - side) / 2 : (int) ((long) (length - side) * index / steps);
  }
}
