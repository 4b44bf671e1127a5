package io.rapd.view;

import io.rapd.core.grid.GridRegion;
import io.rapd.infer.tile.TileListener;
import java.io.IOException;
import java.io.OutputStream;

/**
 * A field as a PNG file of any size, rendered and sent row of tiles by row of tiles as 8-bit
 * levels: what it holds in memory depends on neither its height nor its width.
 *
 * @param height rows
 * @param width columns
 */
record Download(int height, int width) {
  /** What the command line renders too. */
  static final int MAX_SIDE = 1 << 20;

  /**
   * The size that a request names.
   *
   * @throws Refusal with 400 for sizes of nothing and beyond the limits
   */
  static Download of(String height, String width, long maxPixels, long maxSide) {
    long most = Math.min(MAX_SIDE, maxSide);
    Download size = new Download(side("height", height, most), side("width", width, most));
    if ((long) size.height * size.width > maxPixels) {
      throw new Refusal(
          400, "expected at most %d pixels, got %d x %d", maxPixels, size.width, size.height);
    }
    return size;
  }

  private static int side(String name, String text, long most) {
    int value = text.matches("\\d{1,9}") ? Integer.parseInt(text) : 0;
    if (value < 1 || value > most) {
      throw new Refusal(400, "%s: expected a whole number from 1 to %d", name, most);
    }
    return value;
  }

  /**
   * Renders and writes the file. An exception of the stream stops the rendering.
   *
   * @param listener called after each tile
   * @throws java.util.concurrent.CancellationException if the listener stops it
   */
  void write(StoredField field, TileListener listener, OutputStream out) throws IOException {
    PngStream.write(field.bands(GridRegion.image(height, width), listener), out);
  }
}
