package io.rapd.infer.tile;

import static io.rapd.core.config.Check.check;

import io.rapd.core.grid.PixelGrid;
import io.rapd.core.grid.Region;
import java.util.ArrayList;
import java.util.List;

/**
 * Cuts an image into tiles. Inner borders lie on the window borders of the renderer's last block,
 * so that this block computes no pixel outside the tile.
 *
 * @param height of a tile in pixels, at least 1; tiles at the edges are smaller
 * @param firstRow the first inner border between rows, 1 to {@code height}
 * @param width of a tile in pixels, at least 1
 * @param firstColumn the first inner border between columns, 1 to {@code width}
 */
record Mosaic(int height, int firstRow, int width, int firstColumn) {
  /** Borders of windows are at multiples of this number, or half of it away. */
  private static final int WINDOW = 8;

  Mosaic {
    checkSide(height, firstRow);
    checkSide(width, firstColumn);
  }

  /** Square tiles. */
  Mosaic(int side, int first) {
    this(side, first, side, first);
  }

  private static void checkSide(int side, int first) {
    check(
        side >= 1 && first >= 1 && first <= side,
        "expected a tile side of at least 1 and a first border from 1 to it, got %d and %d",
        side,
        first);
  }

  /** Tiles of at most so many rows, but not fewer than a window has. */
  Mosaic withBandsOf(int rows) {
    if (rows >= height) {
      return this;
    }
    int lower = Math.max(WINDOW, rows / WINDOW * WINDOW);
    return new Mosaic(lower, lower - WINDOW / 2, width, firstColumn);
  }

  /** The tiles of an image, row by row: every pixel lies in exactly one. */
  List<Region> tiles(PixelGrid grid) {
    return tiles(grid.whole());
  }

  /** The tiles of part of an image, cut at the part's edges. Borders are those of the image. */
  List<Region> tiles(Region part) {
    List<Region> tiles = new ArrayList<>();
    for (long top = part.top(); top < part.bottom(); ) {
      int rows = rowsFrom(top, part.bottom());
      for (long left = part.left(); left < part.right(); ) {
        long right = Math.min(part.right(), after(left, firstColumn, width));
        tiles.add(new Region(top, left, rows, (int) (right - left)));
        left = right;
      }
      top += rows;
    }
    return tiles;
  }

  /** How many tiles {@link #tiles(Region)} has. */
  long count(Region part) {
    return (tile(part.bottom() - 1, firstRow, height) - tile(part.top(), firstRow, height) + 1)
        * (tile(part.right() - 1, firstColumn, width) - tile(part.left(), firstColumn, width) + 1);
  }

  /** Rows from {@code top} to the next border, or to {@code bottom}. */
  int rowsFrom(long top, long bottom) {
    return (int) (Math.min(bottom, after(top, firstRow, height)) - top);
  }

  private static long tile(long at, int first, int side) {
    return Math.floorDiv(at - first, (long) side);
  }

  private static long after(long at, int first, int side) {
    return first + tile(at, first, side) * side + side;
  }
}
