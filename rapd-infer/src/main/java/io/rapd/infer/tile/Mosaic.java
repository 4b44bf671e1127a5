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
 * @param side of a tile in pixels, at least 1; tiles at the edges are smaller
 * @param first position of the first inner border, 1 to {@code side}
 */
record Mosaic(int side, int first) {
  Mosaic {
    check(
        side >= 1 && first >= 1 && first <= side,
        "expected a tile side of at least 1 and a first border from 1 to it, got %d and %d",
        side,
        first);
  }

  /** The tiles of an image, row by row: every pixel lies in exactly one. */
  List<Region> tiles(PixelGrid grid) {
    List<Region> tiles = new ArrayList<>();
    for (int top = 0; top < grid.height(); top = next(top, grid.height())) {
      int bottom = next(top, grid.height());
      for (int left = 0; left < grid.width(); left = next(left, grid.width())) {
        int right = next(left, grid.width());
        tiles.add(new Region(top, left, bottom - top, right - left));
      }
    }
    return tiles;
  }

  private int next(int border, int end) {
    return Math.min(end - border, border == 0 ? first : side) + border;
  }
}
