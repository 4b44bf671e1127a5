package io.rapd.core.grid;

import static io.rapd.core.config.Check.check;

import java.math.BigInteger;

/**
 * A rectangle of the field in normalised coordinates: 0 is the top or left edge of the field, 1 the
 * bottom or right edge. The paper's coordinate is 2 y - 1.
 *
 * @param top y of the upper edge, at least 0
 * @param left x of the left edge, at least 0
 * @param bottom y of the lower edge, greater than {@code top}, at most 1
 * @param right x of the right edge, greater than {@code left}, at most 1
 */
public record Viewport(double top, double left, double bottom, double right) {
  /** The whole field. */
  public static final Viewport WHOLE = new Viewport(0, 0, 1, 1);

  /** Distance, in pixels, at which an edge counts as lying on a pixel border. */
  private static final double ON_BORDER = 1e-6;

  public Viewport {
    check(
        top >= 0 && left >= 0 && bottom <= 1 && right <= 1 && top < bottom && left < right,
        "a viewport must lie in [0, 1] and not be empty, got top %s, left %s, bottom %s, right %s",
        top,
        left,
        bottom,
        right);
  }

  /**
   * The pixels of this viewport at a density.
   *
   * <p>If its edges are pixel borders of an image of some size, to within 10^-6 of a pixel, the
   * result is a region of that image. If not, the pixels continue beyond the viewport at the same
   * distances as long as their centres lie in the field, and the result is a region of that grid.
   * Either way, a renderer sees part of a grid that covers the field.
   *
   * @param height rows, at least 1
   * @param width columns, at least 1
   * @throws IllegalArgumentException for a size below 1, or if pixels are closer than the
   *     viewport's numbers can tell apart (about 2^-50 of the field); a {@link GridRegion} can go
   *     deeper
   */
  public GridRegion pixels(int height, int width) {
    check(
        height >= 1 && width >= 1,
        "a region must have at least 1 x 1 pixels, got %d x %d",
        height,
        width);
    Part rows = part(top, bottom, height);
    Part columns = part(left, right, width);
    return new GridRegion(
        new PixelGrid(rows.axis, columns.axis), new Region(rows.from, columns.from, height, width));
  }

  /** Pixels {@code from} and following of an axis. */
  private record Part(PixelAxis axis, long from) {}

  private static Part part(double from, double to, int count) {
    double whole = Math.rint(count / (to - from));
    double first = Math.rint(from * whole);
    if (whole <= PixelAxis.MAX_COUNT
        && Math.abs(from * whole - first) <= ON_BORDER
        && Math.abs(to * whole - (first + count)) <= ON_BORDER) {
      return new Part(PixelAxis.ofImage((long) whole), (long) first);
    }
    return freePart(from, to, count);
  }

  /** With both edges rounded to multiples of 2^-bits of the field, the rest is exact. */
  private static Part freePart(double from, double to, int count) {
    int bits = 60 - (Integer.SIZE - Integer.numberOfLeadingZeros(count - 1));
    long start = Math.round(Math.scalb(from, bits));
    long length = Math.round(Math.scalb(to, bits)) - start;
    check(
        length >= count,
        "a viewport from %s to %s is too small for %d pixels: numbers of this type do not tell them"
            + " apart; name the region of a grid instead",
        from,
        to,
        count);
    long first = 2L * count * start + length;
    long step = 2 * length;
    long denominator = (2L * count) << bits;
    long common = gcd(gcd(first, step), denominator);
    first /= common;
    step /= common;
    denominator /= common;
    long before = first / step; // pixels of the grid in front of the viewport
    first %= step;
    long all = (denominator - 1 - first) / step + 1;
    return new Part(new PixelAxis(all, first, step, denominator), before);
  }

  private static long gcd(long a, long b) {
    return BigInteger.valueOf(a).gcd(BigInteger.valueOf(b)).longValueExact();
  }
}
