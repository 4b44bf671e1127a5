package io.rapd.infer.tile;

import io.rapd.core.grid.PixelGrid;
import io.rapd.core.grid.Region;
import java.util.ArrayList;
import java.util.List;

/**
 * An image cut into tiles. Inner borders lie where the renderer's last block has window borders, so
 * that this block computes nothing beyond the tile.
 *
 * @param side of a tile in pixels, at least 1; those at the edges are smaller
 * @param first where the first inner border lies, 1 to {@code side}
 */
public record Mosaic(int side, int first) {
  /** Validates. */
  public Mosaic {
    if (side < 1 || first < 1 || first > side) {
      throw new IllegalArgumentException(
          "tiles must be at least 1 pixel wide, the first no wider than the others, got %d and %d"
              .formatted(side, first));
    }
  }

  /** The tiles of an image, row by row: every pixel lies in exactly one. */
  public List<Region> tiles(PixelGrid grid) {
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
