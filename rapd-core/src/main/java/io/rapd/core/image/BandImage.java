package io.rapd.core.image;

import java.awt.Point;
import java.awt.Rectangle;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.DataBufferByte;
import java.awt.image.Raster;
import java.awt.image.RenderedImage;
import java.awt.image.SampleModel;
import java.awt.image.WritableRaster;
import java.util.Arrays;
import java.util.Vector;
import org.jspecify.annotations.Nullable;

/**
 * Bands of rows as an image of Java's, for writers that read from top to bottom. Keeps the bands
 * that the rows asked for last lie in, and no more.
 */
@SuppressWarnings("JdkObsolete") // Vector is RenderedImage's
final class BandImage implements RenderedImage {
  private static final byte[] NONE = {};
  private static final BufferedImage LIKE = AwtImages.blank(1, 1);

  private final ImageBands bands;
  private byte[] rows = NONE;
  private int top;
  private int bottom;

  BandImage(ImageBands bands) {
    this.bands = bands;
  }

  @Override
  public Raster getData(Rectangle area) {
    if (area.y < top) {
      throw new IllegalStateException("an image in bands is read from top to bottom once");
    }
    while (bottom < area.y + area.height) {
      append(area.y);
    }
    byte[] cut = new byte[RgbImage.CHANNELS * area.width * area.height];
    int length = RgbImage.CHANNELS * area.width;
    for (int y = 0; y < area.height; y++) {
      int from = RgbImage.CHANNELS * ((area.y + y - top) * getWidth() + area.x);
      System.arraycopy(rows, from, cut, y * length, length);
    }
    return Raster.createInterleavedRaster(
        new DataBufferByte(cut, cut.length),
        area.width,
        area.height,
        length,
        RgbImage.CHANNELS,
        new int[] {0, 1, 2},
        new Point(area.x, area.y));
  }

  /** Adds a band below, and drops rows above {@code first}. */
  private void append(int first) {
    int row = RgbImage.CHANNELS * getWidth();
    int kept = Math.max(0, bottom - Math.max(first, top));
    byte[] above = rows;
    rows = NONE; // so that bands that are done with are free while the next one is computed
    if (kept < above.length / row) {
      above = Arrays.copyOfRange(above, above.length - kept * row, above.length);
    }
    byte[] band = levels(bands.next());
    rows = above.length == 0 ? band : joined(above, band);
    top = bottom - kept;
    bottom += band.length / row;
  }

  /** Not to be written to. */
  private static byte[] levels(RgbImage band) {
    byte[] own = band.levels();
    return own == null ? band.toRgbBytes() : own;
  }

  private static byte[] joined(byte[] above, byte[] below) {
    byte[] both = Arrays.copyOf(above, above.length + below.length);
    System.arraycopy(below, 0, both, above.length, below.length);
    return both;
  }

  @Override
  public int getWidth() {
    return bands.width();
  }

  @Override
  public int getHeight() {
    return bands.height();
  }

  @Override
  public Raster getData() {
    return getData(new Rectangle(0, 0, getWidth(), getHeight()));
  }

  @Override
  public Raster getTile(int tileX, int tileY) {
    return getData();
  }

  @Override
  public WritableRaster copyData(@Nullable WritableRaster raster) {
    Raster data =
        getData(raster == null ? new Rectangle(0, 0, getWidth(), getHeight()) : raster.getBounds());
    WritableRaster copy = raster == null ? data.createCompatibleWritableRaster() : raster;
    copy.setRect(data);
    return copy;
  }

  @Override
  public ColorModel getColorModel() {
    return LIKE.getColorModel();
  }

  @Override
  public SampleModel getSampleModel() {
    return Raster.createInterleavedRaster(
            new DataBufferByte(new byte[RgbImage.CHANNELS], RgbImage.CHANNELS),
            1,
            1,
            RgbImage.CHANNELS,
            RgbImage.CHANNELS,
            new int[] {0, 1, 2},
            null)
        .getSampleModel()
        .createCompatibleSampleModel(getWidth(), 1);
  }

  @Override
  public @Nullable Vector<RenderedImage> getSources() {
    return null;
  }

  @Override
  public Object getProperty(String name) {
    return java.awt.Image.UndefinedProperty;
  }

  @Override
  public String @Nullable [] getPropertyNames() {
    return null;
  }

  @Override
  public int getMinX() {
    return 0;
  }

  @Override
  public int getMinY() {
    return 0;
  }

  @Override
  public int getNumXTiles() {
    return 1;
  }

  @Override
  public int getNumYTiles() {
    return 1;
  }

  @Override
  public int getMinTileX() {
    return 0;
  }

  @Override
  public int getMinTileY() {
    return 0;
  }

  @Override
  public int getTileWidth() {
    return getWidth();
  }

  @Override
  public int getTileHeight() {
    return getHeight();
  }

  @Override
  public int getTileGridXOffset() {
    return 0;
  }

  @Override
  public int getTileGridYOffset() {
    return 0;
  }
}
