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
    return tiles(grid.whole());
  }

  /** The tiles of part of an image, cut at the part's edges. Borders are those of the image. */
  List<Region> tiles(Region part) {
    List<Region> tiles = new ArrayList<>();
    for (long top = part.top(); top < part.bottom(); top = next(top, part.bottom())) {
      int height = (int) (next(top, part.bottom()) - top);
      for (long left = part.left(); left < part.right(); left = next(left, part.right())) {
        tiles.add(new Region(top, left, height, (int) (next(left, part.right()) - left)));
      }
    }
    return tiles;
  }

  private long next(long at, long end) {
    return Math.min(end, first + Math.floorDiv(at - first, (long) side) * side + side);
  }
}
