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
    RgbImage band;
    if (top < first || top >= end) { // one row at a time: bars may be high
      band = white(1);
    } else {
      RgbImage part = image.next();
      band = white(part.height());
      int left = (size.width() - part.width()) / 2;
      for (int row = 0; row < RgbImage.CHANNELS * part.height(); row++) {
        System.arraycopy(
            part.planes(),
            row * part.width(),
            band.planes(),
            row * size.width() + left,
            part.width());
      }
    }
    top += band.height();
    return band;
  }

  private RgbImage white(int rows) {
    float[] planes = new float[RgbImage.CHANNELS * rows * size.width()];
    Arrays.fill(planes, 1);
    return new RgbImage(rows, size.width(), planes);
  }
}
