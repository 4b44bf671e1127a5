package io.rapd.train.data;

import io.rapd.core.image.PictureReader;
import io.rapd.core.image.RgbImage;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** Decoded pictures of a source, kept as bytes as long as they fit into a bound. */
public final class PictureCache {
  @SuppressWarnings("ArrayRecordComponent") // not compared
  private record Pixels(int height, int width, byte[] rgb) {}

  private final ImageTextSource source;
  private final long limit;
  private final PictureReader reader = new PictureReader();
  private final Map<Integer, Pixels> kept = new ConcurrentHashMap<>();
  private final AtomicLong bytes = new AtomicLong();

  /**
   * A cache over a source.
   *
   * @param limit of all kept pictures together, in bytes
   */
  public PictureCache(ImageTextSource source, long limit) {
    this.source = source;
    this.limit = limit;
  }

  /** The picture of a sample. */
  public RgbImage picture(int index) {
    Pixels pixels = kept.get(index);
    if (pixels != null) {
      return RgbImage.fromRgbBytes(pixels.height(), pixels.width(), pixels.rgb());
    }
    Sample sample = source.read(index);
    RgbImage image = reader.read(sample.picture(), sample.pictureName());
    byte[] rgb = image.toRgbBytes();
    if (bytes.addAndGet(rgb.length) <= limit) {
      kept.put(index, new Pixels(image.height(), image.width(), rgb));
    } else {
      bytes.addAndGet(-rgb.length);
    }
    return image;
  }
}
