package io.rapd.core.grid;

import static io.rapd.core.config.Check.check;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.torch.Constant;

/**
 * The pixel centres of an image in [-1, 1] x [-1, 1]. A grid may be far larger than any image that
 * fits in memory; a {@link Region} of it is what is rendered.
 *
 * @param rows the centres from top to bottom
 * @param columns the centres from left to right
 */
public record PixelGrid(PixelAxis rows, PixelAxis columns) {
  /**
   * The grid of an image that fills the field.
   *
   * @param height H', rows, 1 to 2^60
   * @param width W', columns, 1 to 2^60
   */
  public PixelGrid(long height, long width) {
    this(PixelAxis.ofImage(checked(height, height, width)), PixelAxis.ofImage(width));
  }

  private static long checked(long value, long height, long width) {
    check(
        height >= 1 && width >= 1,
        "an image must have at least 1 x 1 pixels, got %d x %d",
        height,
        width);
    check(
        height <= PixelAxis.MAX_COUNT && width <= PixelAxis.MAX_COUNT,
        "an image may have at most 2^60 rows and columns, got %d x %d",
        height,
        width);
    return value;
  }

  /** H', rows. */
  public long height() {
    return rows.count();
  }

  /** W', columns. */
  public long width() {
    return columns.count();
  }

  /**
   * The whole image.
   *
   * @throws IllegalArgumentException if a side is longer than 2^31 - 1
   */
  public Region whole() {
    check(
        height() <= Integer.MAX_VALUE && width() <= Integer.MAX_VALUE,
        "at most 2^31 - 1 rows and columns can be rendered at once, got %d x %d",
        height(),
        width());
    return new Region(0, 0, (int) height(), (int) width());
  }

  /**
   * Checks that a region lies within this grid.
   *
   * @throws IllegalArgumentException if it does not, naming both
   */
  public void checkHolds(Region region) {
    check(
        region.bottom() <= height() && region.right() <= width(),
        "%s extends beyond the image of %d x %d",
        region,
        height(),
        width());
  }

  /**
   * Pixel centres (H' W', 2) as (y, x), row-major; LIIF's {@code make_coord}.
   *
   * @throws IllegalArgumentException if they are too many for one array
   */
  public NDArray coordinates(NDManager manager) {
    Region all = whole();
    check(
        2 * all.pixels() <= Integer.MAX_VALUE - 8,
        "the coordinates of %d x %d pixels do not fit in one array",
        height(),
        width());
    float[] values = new float[(int) (2 * all.pixels())];
    int at = 0;
    for (int i = 0; i < all.height(); i++) {
      for (int j = 0; j < all.width(); j++) {
        values[at++] = rows.center(i);
        values[at++] = columns.center(j);
      }
    }
    return Constant.of(manager, values, new Shape(all.pixels(), 2));
  }
}
