package io.rapd.core.grid;

import static io.rapd.core.config.Check.check;

/**
 * A rectangle of pixels of a grid.
 *
 * @param top first row, 0 to 2^60
 * @param left first column, 0 to 2^60
 * @param height rows, at least 1
 * @param width columns, at least 1
 */
public record Region(long top, long left, int height, int width) {
  public Region {
    check(
        top >= 0 && left >= 0 && height >= 1 && width >= 1,
        "a region must start at 0 or later and not be empty, got top %d, left %d, %d x %d",
        top,
        left,
        height,
        width);
    check(
        top <= PixelAxis.MAX_COUNT && left <= PixelAxis.MAX_COUNT,
        "a region must start within 2^60 pixels, got top %d, left %d",
        top,
        left);
  }

  /** One past the last row. */
  public long bottom() {
    return top + height;
  }

  /** One past the last column. */
  public long right() {
    return left + width;
  }

  /** Number of pixels. */
  public long pixels() {
    return (long) height * width;
  }

  /**
   * The smallest enclosing region whose borders are window borders or edges of the grid.
   *
   * @param window side of a window in pixels
   * @param shift position of the first inner window border; the others follow every {@code window}
   */
  public Region alignedTo(int window, int shift, PixelGrid grid) {
    long newTop = Math.max(0, floorTo(top, window, shift));
    long newLeft = Math.max(0, floorTo(left, window, shift));
    long newBottom = Math.min(grid.height(), -floorTo(-bottom(), window, -shift));
    long newRight = Math.min(grid.width(), -floorTo(-right(), window, -shift));
    return new Region(
        newTop, newLeft, Math.toIntExact(newBottom - newTop), Math.toIntExact(newRight - newLeft));
  }

  private static long floorTo(long value, int window, int shift) {
    return Math.floorDiv(value - shift, window) * window + shift;
  }

  /** This region in the coordinates of an enclosing one. */
  public Region within(Region outer) {
    return new Region(top - outer.top, left - outer.left, height, width);
  }
}
