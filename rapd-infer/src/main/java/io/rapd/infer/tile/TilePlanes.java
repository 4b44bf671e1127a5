package io.rapd.infer.tile;

import static io.rapd.core.text.Messages.message;

import io.rapd.core.grid.Region;
import io.rapd.core.image.RgbImage;

/** The pixels of a region, to be filled tile by tile. */
final class TilePlanes {
  private final Region all;
  private final float[] planes;

  TilePlanes(Region all) {
    this.all = all;
    planes = new float[Math.toIntExact(RgbImage.CHANNELS * all.pixels())];
  }

  /**
   * Copies a tile to its place.
   *
   * @param values (3, rows, columns)
   * @throws IllegalStateException if a value is not finite
   */
  void place(Region tile, float[] values) {
    requireFinite(tile, values);
    for (int row = 0; row < RgbImage.CHANNELS * tile.height(); row++) {
      int channel = row / tile.height();
      int y = (int) (tile.top() - all.top()) + row % tile.height();
      System.arraycopy(
          values,
          row * tile.width(),
          planes,
          (channel * all.height() + y) * all.width() + (int) (tile.left() - all.left()),
          tile.width());
    }
  }

  static void requireFinite(Region tile, float[] values) {
    for (float value : values) {
      if (!Float.isFinite(value)) {
        throw new IllegalStateException(
            message(
                "the field renders to %s at tile %s; are the model's weights damaged?",
                value, tile));
      }
    }
  }

  RgbImage image() {
    return new RgbImage(all.height(), all.width(), planes);
  }
}
