package io.rapd.core.grid;

import static io.rapd.core.config.Check.check;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.torch.Constant;

/**
 * The pixel centres of an image in [-1, 1] x [-1, 1].
 *
 * @param height H', rows, at least 1
 * @param width W', columns, at least 1
 */
public record PixelGrid(int height, int width) {
  public PixelGrid {
    check(
        height >= 1 && width >= 1,
        "an image must have at least 1 x 1 pixels, got %d x %d",
        height,
        width);
    check(
        (long) height * width <= Integer.MAX_VALUE,
        "an image may have at most 2^31 - 1 pixels, got %d x %d",
        height,
        width);
  }

  /** The whole image. */
  public Region whole() {
    return new Region(0, 0, height, width);
  }

  /**
   * Checks that a region lies within this grid.
   *
   * @throws IllegalArgumentException if it does not, naming both
   */
  public void checkHolds(Region region) {
    check(
        region.bottom() <= height && region.right() <= width,
        "%s extends beyond the image of %d x %d",
        region,
        height,
        width);
  }

  /** Pixel centres (H' W', 2) as (y, x), row-major; LIIF's {@code make_coord}. */
  public NDArray coordinates(NDManager manager) {
    float[] values = new float[2 * height * width];
    int at = 0;
    for (int i = 0; i < height; i++) {
      for (int j = 0; j < width; j++) {
        values[at++] = center(i, height);
        values[at++] = center(j, width);
      }
    }
    return Constant.of(manager, values, new Shape((long) height * width, 2));
  }

  /** The centre of pixel {@code index} of {@code count} along one axis, in [-1, 1]. */
  public static float center(int index, int count) {
    return (float) (-1 + (2.0 * index + 1) / count);
  }

  /** The size of a pixel along an axis of {@code count} pixels. */
  public static float cell(int count) {
    return 2f / count;
  }

  /**
   * The latent cell nearest to a pixel along one axis. Exact at any size; ties go to the higher
   * cell.
   *
   * @param index the pixel, one of {@code count}
   * @param cells the number of latent cells along the axis
   */
  public static int nearestCell(int index, int count, int cells) {
    return (int) ((2L * index + 1) * cells / (2L * count));
  }

  /**
   * The offset of a pixel from the centre of its nearest latent cell, in half cells: (x - x_p) R,
   * in [-1, 1].
   */
  public static float relativeOffset(int index, int count, int cells) {
    long p = nearestCell(index, count, cells);
    return (float) ((double) ((2L * index + 1) * cells - (2 * p + 1) * count) / count);
  }
}
