package io.rapd.core.image;

import java.awt.image.DataBuffer;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;

/** The samples of CMYK and YCCK JPEG files as inks, 255 for full ink. */
final class Inks {
  private Inks() {}

  /**
   * Inks of samples as the file stores them. Files store inks inverted, as Adobe's programs write
   * them; files without an Adobe segment are read alike, as by Pillow.
   *
   * @param ycck whether the inverted cyan, magenta and yellow are stored as Y, Cb and Cr (T.872)
   */
  static Raster of(Raster stored, boolean ycck) {
    int width = stored.getWidth();
    WritableRaster inks =
        Raster.createInterleavedRaster(DataBuffer.TYPE_BYTE, width, stored.getHeight(), 4, null);
    int[] row = new int[4 * width];
    for (int y = 0; y < stored.getHeight(); y++) {
      stored.getPixels(stored.getMinX(), stored.getMinY() + y, width, 1, row);
      for (int i = 0; i < row.length; i += 4) {
        if (ycck) {
          toInk(row, i);
        } else {
          row[i] = 255 - row[i];
          row[i + 1] = 255 - row[i + 1];
          row[i + 2] = 255 - row[i + 2];
        }
        row[i + 3] = 255 - row[i + 3];
      }
      inks.setPixels(0, y, width, 1, row);
    }
    return inks;
  }

  private static void toInk(int[] row, int at) {
    int y = row[at];
    double cb = row[at + 1] - 128;
    double cr = row[at + 2] - 128;
    row[at] = level(y + 1.402 * cr);
    row[at + 1] = level(y - 0.344136 * cb - 0.714136 * cr);
    row[at + 2] = level(y + 1.772 * cb);
  }

  private static int level(double value) {
    return (int) Math.max(0, Math.min(255, Math.round(value)));
  }
}
