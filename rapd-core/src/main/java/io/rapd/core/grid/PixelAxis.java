package io.rapd.core.grid;

import static io.rapd.core.config.Check.check;

/**
 * Equally spaced pixel centres along one side of the field, as exact fractions of its length: pixel
 * i lies at {@code (first + i step) / denominator}. An image of n rows has the centres (2i + 1) /
 * 2n. Other values give a grid of any density and phase. All divisions are of integers, so that the
 * nearest cell and the offset from it are exact at any depth of zoom.
 *
 * @param count pixels, at least 1
 * @param first numerator of the first centre, 0 to {@code step} - 1: no further pixel fits before
 * @param step distance of two centres
 * @param denominator length of the side, greater than the last centre, at most 2^61
 */
public record PixelAxis(long count, long first, long step, long denominator) {
  /** The largest number of pixels along a side. */
  public static final long MAX_COUNT = 1L << 60;

  static final long MAX_DENOMINATOR = 2 * MAX_COUNT;

  public PixelAxis {
    check(
        step >= 1 && first >= 0 && first < step && denominator <= MAX_DENOMINATOR,
        "pixel centres must start at 0 to step - 1 of at most 2^61, got %d, step %d, of %d",
        first,
        step,
        denominator);
    check(
        count >= 1 && first < denominator && count - 1 <= (denominator - 1 - first) / step,
        "expected 1 or more pixel centres inside the field, got %d from %d, step %d, of %d",
        count,
        first,
        step,
        denominator);
  }

  /**
   * The axis of an image.
   *
   * @param count rows or columns, 1 to {@link #MAX_COUNT}
   */
  static PixelAxis ofImage(long count) {
    return new PixelAxis(count, 1, 2, 2 * count);
  }

  /** The centre of a pixel in [-1, 1], the paper's coordinate. */
  public float center(long index) {
    return (float) ((double) (2 * numerator(index) - denominator) / denominator);
  }

  /** The size of a pixel in the units of {@link #center}: 2 / n for an image of n rows. */
  public float cell() {
    return (float) (2.0 * step / denominator);
  }

  /**
   * The latent cell nearest to a pixel. Ties go to the higher cell.
   *
   * @param cells number of latent cells along this axis
   */
  public int nearestCell(long index, int cells) {
    return (int) scaled(numerator(index), cells)[0];
  }

  /**
   * The offset of a pixel from the centre of its nearest latent cell, in half cells: (x - x_p) R,
   * in [-1, 1].
   *
   * @param cells R, number of latent cells along this axis
   */
  public float relativeOffset(long index, int cells) {
    long remainder = scaled(numerator(index), cells)[1];
    return (float) ((double) (2 * remainder - denominator) / denominator);
  }

  /** The centre of a pixel in latent cells, 0 at the first edge of the field. */
  public double position(long index, int cells) {
    long[] scaled = scaled(numerator(index), cells);
    return scaled[0] + (double) scaled[1] / denominator;
  }

  private long numerator(long index) {
    return first + index * step;
  }

  /** Quotient and remainder of {@code numerator * cells / denominator}. */
  private long[] scaled(long numerator, int cells) {
    if (denominator <= Long.MAX_VALUE / cells) {
      long product = numerator * cells;
      return new long[] {product / denominator, product % denominator};
    }
    // Long multiplication, bit by bit: no intermediate value exceeds 3 * 2^61.
    long quotient = 0;
    long remainder = 0;
    for (int bit = Integer.SIZE - Integer.numberOfLeadingZeros(cells) - 1; bit >= 0; bit--) {
      long next = 2 * remainder + (((cells >> bit) & 1) == 1 ? numerator : 0);
      quotient = 2 * quotient + next / denominator;
      remainder = next % denominator;
    }
    return new long[] {quotient, remainder};
  }
}
