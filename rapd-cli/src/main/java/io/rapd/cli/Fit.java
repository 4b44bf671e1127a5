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
   * The pixels to render.
   *
   * @param fieldHeight height of the field in any unit
   * @param fieldWidth its width in the same unit
   * @return as many pixels as {@code size}, or fewer along one side for {@link #PAD}
   */
  GridRegion pixels(ImageSize size, long fieldHeight, long fieldWidth) {
    if (this == STRETCH) {
      PixelGrid grid = new PixelGrid(size.height(), size.width());
      return new GridRegion(grid, grid.whole());
    }
    double rows = (double) size.height() / fieldHeight;
    double columns = (double) size.width() / fieldWidth;
    double scale = this == CROP ? Math.max(rows, columns) : Math.min(rows, columns);
    int height = rows == scale ? size.height() : Math.max(1, (int) Math.round(scale * fieldHeight));
    int width = columns == scale ? size.width() : Math.max(1, (int) Math.round(scale * fieldWidth));
    PixelGrid grid = new PixelGrid(height, width);
    int top = Math.max(0, (height - size.height()) / 2);
    int left = Math.max(0, (width - size.width()) / 2);
    return new GridRegion(
        grid,
        new Region(top, left, Math.min(height, size.height()), Math.min(width, size.width())));
  }
}
