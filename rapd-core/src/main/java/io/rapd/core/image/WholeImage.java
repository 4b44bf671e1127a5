package io.rapd.core.image;

import java.util.NoSuchElementException;

/** One band. */
final class WholeImage implements ImageBands {
  private final RgbImage image;
  private boolean read;

  WholeImage(RgbImage image) {
    this.image = image;
  }

  @Override
  public int height() {
    return image.height();
  }

  @Override
  public int width() {
    return image.width();
  }

  @Override
  public RgbImage next() {
    if (read) {
      throw new NoSuchElementException();
    }
    read = true;
    return image;
  }
}
