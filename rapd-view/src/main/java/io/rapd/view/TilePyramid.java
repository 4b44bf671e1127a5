package io.rapd.view;

import io.rapd.core.grid.GridRegion;
import io.rapd.core.grid.PixelGrid;
import io.rapd.core.grid.Region;

/**
 * The tiles of a field at every density: level n has 2^n x 2^n pixels per latent cell. The borders
 * between tiles lie where {@link io.rapd.infer.tile.TiledRenderer} cuts an image too, so a tile has
 * the same bytes as that part of a whole image (docs/decisions/0013).
 *
 * @param height latent rows
 * @param width latent columns
 * @param levels the number of levels
 * @param maxSide longest side of a rendering, in pixels
 */
record TilePyramid(int height, int width, int levels, long maxSide) {
  /** Side of a tile. Tiles of the first row and column are shorter. */
  static final int SIDE = 256;

  /** Position of the first border between tiles. */
  static final int FIRST = 252;

  /** Beyond about 2^45 pixels per side, a browser's coordinates no longer tell pixels apart. */
  private static final long MAX_LEVEL_SIDE = 1L << 40;

  /** A pyramid as deep as the limit and a browser allow; level 0 is always there. */
  static TilePyramid of(int height, int width, long maxSide) {
    int levels = 1;
    while ((long) Math.max(height, width) << levels <= Math.min(MAX_LEVEL_SIDE, maxSide)) {
      levels++;
    }
    return new TilePyramid(height, width, levels, maxSide);
  }

  /** The grid of a level. */
  PixelGrid grid(int level) {
    return new PixelGrid((long) height << level, (long) width << level);
  }

  /**
   * The pixels of a tile.
   *
   * @throws Refusal with 404 if there is no such tile
   */
  GridRegion tile(int level, long column, long row) {
    if (level < 0 || level >= levels) {
      throw new Refusal(404, "expected a level from 0 to %d, got %d", levels - 1, level);
    }
    PixelGrid grid = grid(level);
    long columns = count(grid.width());
    long rows = count(grid.height());
    if (column < 0 || column >= columns || row < 0 || row >= rows) {
      throw new Refusal(
          404,
          "level %d has %d x %d tiles, got column %d, row %d",
          level,
          columns,
          rows,
          column,
          row);
    }
    long top = start(row);
    long left = start(column);
    int tileHeight = (int) (Math.min(start(row + 1), grid.height()) - top);
    int tileWidth = (int) (Math.min(start(column + 1), grid.width()) - left);
    return new GridRegion(grid, new Region(top, left, tileHeight, tileWidth));
  }

  private static long count(long pixels) {
    return Math.max(0, pixels - FIRST + SIDE - 1) / SIDE + 1;
  }

  private static long start(long index) {
    return index == 0 ? 0 : FIRST + (index - 1) * SIDE;
  }
}
