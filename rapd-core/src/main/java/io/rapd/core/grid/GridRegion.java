package io.rapd.core.grid;

import static java.util.Objects.requireNonNull;

/**
 * Pixels to render: part of a grid that covers the whole field.
 *
 * @param grid the whole
 * @param region the part, which lies within the grid
 */
public record GridRegion(PixelGrid grid, Region region) {
  public GridRegion {
    requireNonNull(grid).checkHolds(region);
  }

  /**
   * All of an image.
   *
   * @param height rows, 1 to 2^31 - 1
   * @param width columns, 1 to 2^31 - 1
   */
  public static GridRegion image(int height, int width) {
    PixelGrid grid = new PixelGrid(height, width);
    return new GridRegion(grid, grid.whole());
  }
}
