package io.rapd.train.data;

import io.rapd.core.image.RgbImage;
import io.rapd.core.image.RgbImageReader;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;

/**
 * Decoded and prepared images of a source, kept as bytes as long as they fit into a bound. A image
 * has 8-bit levels whether it was kept or not, so that the bound cannot change it. May be shared
 * between threads.
 */
public final class ImageCache {
  @SuppressWarnings("ArrayRecordComponent") // not compared
  private record Pixels(int height, int width, byte[] rgb) {}

  private final ImageTextSource source;
  private final long limit;
  private final UnaryOperator<RgbImage> preparation;
  private final RgbImageReader reader = new RgbImageReader();
  private final Map<Integer, Pixels> kept = new ConcurrentHashMap<>();
  private final AtomicLong bytes = new AtomicLong();

  /**
   * A cache of a source's images as they are.
   *
   * @param limit of all kept images together, in bytes
   */
  public ImageCache(ImageTextSource source, long limit) {
    this(source, limit, UnaryOperator.identity());
  }

  /**
   * A cache of prepared images.
   *
   * @param limit of all kept images together, in bytes
   * @param preparation what is done to an image after decoding; a function of the image alone
   */
  public ImageCache(ImageTextSource source, long limit, UnaryOperator<RgbImage> preparation) {
    this.source = source;
    this.limit = limit;
    this.preparation = preparation;
  }

  /**
   * The prepared image of a sample, with 8-bit levels.
   *
   * @throws DataException where the sample cannot be read or prepared
   * @throws io.rapd.core.image.ImageFileException where its image cannot be decoded
   */
  public RgbImage image(int index) {
    Pixels pixels = kept.get(index);
    if (pixels == null) {
      pixels = prepare(index);
      keep(index, pixels);
    }
    return RgbImage.fromRgbBytes(pixels.height(), pixels.width(), pixels.rgb());
  }

  /** A limit that leaves three quarters of the Java heap to others. */
  public static long heapShare() {
    return Runtime.getRuntime().maxMemory() / 4;
  }

  /** Bytes of the images kept now, at most the limit. */
  long bytes() {
    return bytes.get();
  }

  private Pixels prepare(int index) {
    Sample sample = source.read(index);
    RgbImage image = reader.read(sample.image(), sample.imageName());
    try {
      RgbImage prepared = preparation.apply(image);
      return new Pixels(prepared.height(), prepared.width(), prepared.toRgbBytes());
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new DataException(
          "%s: expected an image that can be resized, found %d x %d: %s"
              .formatted(sample.imageName(), image.height(), image.width(), e.getMessage()),
          e);
    }
  }

  private void keep(int index, Pixels pixels) {
    int length = pixels.rgb().length;
    // Of two threads that read the same image one keeps it; the other's bytes are given back.
    if (bytes.addAndGet(length) > limit || kept.putIfAbsent(index, pixels) != null) {
      bytes.addAndGet(-length);
    }
  }
}
