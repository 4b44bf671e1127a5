package io.rapd.cli;

import io.rapd.core.image.ImageBands;
import io.rapd.core.image.RgbImage;
import java.util.Arrays;

/** A smaller image in the middle of a white one. */
final class PaddedBands implements ImageBands {
  private final ImageBands image;
  private final ImageSize size;
  private int top;

  PaddedBands(ImageBands image, ImageSize size) {
    this.image = image;
    this.size = size;
  }

  @Override
  public int height() {
    return size.height();
  }

  @Override
  public int width() {
    return size.width();
  }

  @Override
  public RgbImage next() {
    int first = (size.height() - image.height()) / 2;
    int end = first + image.height();
    boolean bar = top < first || top >= end;
    RgbImage part = bar ? white(1, size.width()) : image.next(); // bars may be high: row by row
    RgbImage band = bar ? part : padded(part);
    top += band.height();
    return band;
  }

  private RgbImage padded(RgbImage part) {
    byte[] whole = white(part.height(), size.width()).toRgbBytes();
    byte[] inner = part.toRgbBytes();
    int row = RgbImage.CHANNELS * part.width();
    int left = (size.width() - part.width()) / 2;
    for (int y = 0; y < part.height(); y++) {
      int to = RgbImage.CHANNELS * (y * size.width() + left);
      System.arraycopy(inner, y * row, whole, to, row);
    }
    return RgbImage.fromRgbBytes(part.height(), size.width(), whole);
  }

  private static RgbImage white(int rows, int columns) {
    byte[] rgb = new byte[RgbImage.CHANNELS * rows * columns];
    Arrays.fill(rgb, (byte) 255);
    return RgbImage.fromRgbBytes(rows, columns, rgb);
  }
}
