package io.rapd.infer.tile;

import io.rapd.core.grid.Region;
import io.rapd.core.image.RgbImage;

/**
 * The pixels of a band of rows, to be filled tile by tile, as the 8-bit levels that files hold: a
 * quarter of the memory of floats.
 */
final class TileLevels {
  private final Region band;
  private final byte[] rgb;

  TileLevels(Region band) {
    this.band = band;
    rgb = new byte[Math.toIntExact(RgbImage.CHANNELS * band.pixels())];
  }

  /**
   * Copies a tile to its place.
   *
   * @param values (3, rows, columns)
   * @throws IllegalStateException if a value is not finite
   */
  void place(Region tile, float[] values) {
    TilePlanes.requireFinite(tile, values);
    byte[] levels = new RgbImage(tile.height(), tile.width(), values).toRgbBytes();
    int row = RgbImage.CHANNELS * tile.width();
    int top = (int) (tile.top() - band.top());
    int left = (int) (tile.left() - band.left());
    for (int y = 0; y < tile.height(); y++) {
      int to = RgbImage.CHANNELS * ((top + y) * band.width() + left);
      System.arraycopy(levels, y * row, rgb, to, row);
    }
  }

  RgbImage image() {
    return RgbImage.fromRgbBytes(band.height(), band.width(), rgb);
  }
}
