package io.rapd.cli;

import io.rapd.core.grid.GridRegion;
import io.rapd.core.grid.PixelGrid;
import io.rapd.core.grid.Region;

/** How a field fills an image of another aspect ratio. */
enum Fit {
  /** The field covers the image; what sticks out is cut off evenly. */
  CROP,
  /** The whole field, with white bars beside it. */
  PAD,
  /** The field is stretched, as in the paper. */
  STRETCH;

  /**
   * The pixels to render. Of a size that is the field's own, scaled and rounded, these are the
   * whole field in every case: rounding alone cuts nothing.
   *
   * @param field the height and width of the field, in any unit
   * @return as many pixels as {@code size}, or fewer along one side for {@link #PAD}
   */
  GridRegion pixels(ImageSize size, ImageSize field) {
    double rows = (double) size.height() / field.height();
    double columns = (double) size.width() / field.width();
    double scale = this == CROP ? Math.max(rows, columns) : Math.min(rows, columns);
    if (this == STRETCH || isScaled(size, field)) {
      PixelGrid grid = new PixelGrid(size.height(), size.width());
      return new GridRegion(grid, grid.whole());
    }
    int height =
        rows == scale ? size.height() : Math.max(1, (int) Math.round(scale * field.height()));
    int width =
        columns == scale ? size.width() : Math.max(1, (int) Math.round(scale * field.width()));
    PixelGrid grid = new PixelGrid(height, width);
    int top = Math.max(0, (height - size.height()) / 2);
    int left = Math.max(0, (width - size.width()) / 2);
    return new GridRegion(
        grid,
        new Region(top, left, Math.min(height, size.height()), Math.min(width, size.width())));
  }

  /**
   * Whether a factor takes both sides to those of {@code size}, rounded: whether the factors that
   * do so for the rows, from (h - 1/2) / H to (h + 1/2) / H, meet those of the columns.
   */
  private static boolean isScaled(ImageSize size, ImageSize field) {
    // Times 2 H W, in integers: at most 2^42.
    long rows = 2L * size.height() * field.width();
    long columns = 2L * size.width() * field.height();
    return Math.abs(rows - columns) < (long) field.width() + field.height();
  }
}
