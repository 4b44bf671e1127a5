package io.rapd.core.image;

/**
 * An image that is computed from top to bottom, some rows at a time, so that it need never be whole
 * in memory. Read once.
 */
public interface ImageBands {
  /** Rows of the whole image. */
  int height();

  /** Columns. */
  int width();

  /**
   * The next rows, of the full width.
   *
   * @throws java.util.NoSuchElementException after the last row
   */
  RgbImage next();

  /** An image that is in memory already, as one band. */
  static ImageBands of(RgbImage image) {
    return new WholeImage(image);
  }
}
