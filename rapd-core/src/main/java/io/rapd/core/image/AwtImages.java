package io.rapd.core.image;

import java.awt.image.BufferedImage;

/** {@link RgbImage} to and from the 8-bit images that Java draws on and writes. */
public final class AwtImages {
  private AwtImages() {}

  static BufferedImage blank(int height, int width) {
    return new BufferedImage(width, height, BufferedImage.TYPE_3BYTE_BGR);
  }

  /** An image of 8-bit levels, {@code TYPE_3BYTE_BGR}; values are rounded and clamped. */
  public static BufferedImage of(RgbImage image) {
    BufferedImage awt = blank(image.height(), image.width());
    awt.getRaster().setDataElements(0, 0, image.width(), image.height(), image.toRgbBytes());
    return awt;
  }

  /** Reads all rows. */
  static BufferedImage of(BandImage image) {
    BufferedImage awt = blank(image.getHeight(), image.getWidth());
    awt.setData(image.getData());
    return awt;
  }

  static RgbImage toRgb(BufferedImage awt) {
    return new RasterPixels(awt, null, warning -> {}).toRgb();
  }
}
