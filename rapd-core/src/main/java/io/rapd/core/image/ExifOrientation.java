package io.rapd.core.image;

import com.twelvemonkeys.imageio.metadata.Directory;
import com.twelvemonkeys.imageio.metadata.Entry;
import com.twelvemonkeys.imageio.metadata.tiff.TIFF;
import com.twelvemonkeys.imageio.metadata.tiff.TIFFReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.function.Consumer;
import javax.imageio.stream.MemoryCacheImageInputStream;

/** The orientation of EXIF: how the stored rows and columns lie in the upright image. */
final class ExifOrientation {
  private ExifOrientation() {}

  /**
   * The orientation that EXIF data states, 1 (upright) to 8; 1 if it states none.
   *
   * @param skipped bytes before the TIFF header
   */
  static int of(FileBlock block, int skipped, Consumer<String> warnings) {
    byte[] tiff = block.content(skipped);
    if (tiff.length == 0) {
      return 1;
    }
    try (var stream = new MemoryCacheImageInputStream(new ByteArrayInputStream(tiff))) {
      Directory directory = new TIFFReader().read(stream);
      Entry entry = directory.getEntryById(TIFF.TAG_ORIENTATION);
      if (entry != null) {
        int value = entry.getValue() instanceof Number number ? number.intValue() : -1;
        if (value >= 1 && value <= 8) {
          return value;
        }
        if (value != 0) { // 0 comes from cameras that do not know
          warnings.accept(
              "EXIF orientation must be 1 to 8, got " + (value < 0 ? "no number" : value));
        }
      }
    } catch (IOException | RuntimeException e) { // damaged data causes both
      warnings.accept("the EXIF data cannot be read, so its orientation is not applied");
    }
    return 1;
  }

  /** The upright image of one that is stored with an orientation of 1 to 8. */
  static RgbImage upright(RgbImage stored, int orientation) {
    if (orientation == 1) {
      return stored;
    }
    boolean transposed = orientation >= 5;
    boolean mirroredRows = orientation == 3 || orientation == 4 || orientation >= 7;
    boolean mirroredColumns =
        orientation == 2 || orientation == 3 || orientation == 6 || orientation == 7;
    int height = transposed ? stored.width() : stored.height();
    int width = transposed ? stored.height() : stored.width();
    int rowStep = transposed ? 1 : stored.width();
    int columnStep = transposed ? stored.width() : 1;
    float[] planes = new float[stored.planes().length];
    int to = 0;
    for (int plane = 0; plane < planes.length; plane += height * width) {
      for (int y = 0; y < height; y++) {
        int row = plane + rowStep * (mirroredRows ? height - 1 - y : y);
        for (int x = 0; x < width; x++) {
          planes[to++] = stored.planes()[row + columnStep * (mirroredColumns ? width - 1 - x : x)];
        }
      }
    }
    return new RgbImage(height, width, planes);
  }
}
