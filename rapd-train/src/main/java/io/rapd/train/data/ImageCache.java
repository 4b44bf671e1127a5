package io.rapd.train.data;

import io.rapd.core.image.RgbImage;
import io.rapd.core.image.RgbImageReader;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;

/**
 * Decoded and prepared images of a source, cached as 8-bit RGB up to a size limit. An uncached
 * image has 8-bit levels too, so the limit does not change results. Thread-safe.
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
   * A cache of unprepared images.
   *
   * @param limit total size of the cached images in bytes
   */
  public ImageCache(ImageTextSource source, long limit) {
    this(source, limit, UnaryOperator.identity());
  }

  /**
   * A cache of prepared images.
   *
   * @param limit total size of the cached images in bytes
   * @param preparation applied after decoding; a pure function
   */
  public ImageCache(ImageTextSource source, long limit, UnaryOperator<RgbImage> preparation) {
    this.source = source;
    this.limit = limit;
    this.preparation = preparation;
  }

  /**
   * The prepared image of a sample, with 8-bit levels.
   *
   * @throws DataException if the sample cannot be read or prepared
   * @throws io.rapd.core.image.ImageFileException if the image cannot be decoded
   */
  public RgbImage image(int index) {
    Pixels pixels = kept.get(index);
    if (pixels == null) {
      pixels = prepare(index);
      keep(index, pixels);
    }
    return RgbImage.fromRgbBytes(pixels.height(), pixels.width(), pixels.rgb());
  }

  /** A quarter of the maximum Java heap, in bytes. */
  public static long heapShare() {
    return Runtime.getRuntime().maxMemory() / 4;
  }

  /** Size of the cached images in bytes. */
  long bytes() {
    return bytes.get();
  }

  private Pixels prepare(int index) {
    Sample sample = source.read(index);
    RgbImage image = reader.read(sample.image(), sample.imageName());
    RgbImage prepared = prepared(image, preparation, sample.imageName());
    return new Pixels(prepared.height(), prepared.width(), prepared.toRgbBytes());
  }

  /**
   * An image decoded and prepared without a cache, with the 8-bit levels that a cache would give.
   */
  static RgbImage uncached(
      Sample sample, RgbImageReader reader, UnaryOperator<RgbImage> preparation) {
    RgbImage image = reader.read(sample.image(), sample.imageName());
    RgbImage prepared = prepared(image, preparation, sample.imageName());
    return RgbImage.fromRgbBytes(prepared.height(), prepared.width(), prepared.toRgbBytes());
  }

  /** Applies a preparation; a size that it cannot take is reported with the image's name. */
  private static RgbImage prepared(
      RgbImage image, UnaryOperator<RgbImage> preparation, String name) {
    try {
      return preparation.apply(image);
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new DataException(
          name
              + ": expected an image that can be resized, found "
              + image.height()
              + " x "
              + image.width()
              + ": "
              + e.getMessage(),
          e);
    }
  }

  private void keep(int index, Pixels pixels) {
    int length = pixels.rgb().length;
    // If two threads read the same image, one caches it and the other releases its reservation.
    if (bytes.addAndGet(length) > limit || kept.putIfAbsent(index, pixels) != null) {
      bytes.addAndGet(-length);
    }
  }
}
