package io.rapd.view;

import ai.djl.ndarray.types.Shape;
import io.rapd.core.grid.GridRegion;
import io.rapd.core.grid.PixelGrid;
import io.rapd.core.image.ImageBands;
import io.rapd.core.image.RgbImage;
import io.rapd.infer.ImageField;
import io.rapd.infer.tile.TileListener;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A field of this session, which can be dropped while others still ask for its tiles. */
final class StoredField {
  private static final int THUMBNAIL = 160;

  private final ReadWriteLock lock = new ReentrantReadWriteLock();
  private final String id;
  private final FieldOrigin origin;
  private final TilePyramid pyramid;
  private final String content;
  private final ImageField field;
  private @Nullable RgbImage oneToOne;
  private boolean closed;

  /**
   * Takes over a field.
   *
   * @param maxSide longest side that can be rendered, in pixels
   */
  StoredField(String id, FieldOrigin origin, ImageField field, long maxSide) {
    this.id = id;
    this.origin = origin;
    this.field = field;
    Shape latent = field.latent().getShape(); // (1, C, h, w)
    this.pyramid = TilePyramid.of((int) latent.get(2), (int) latent.get(3), maxSide);
    this.content =
        digest(field.latent().toFloatArray()) + "-" + latent.get(2) + "x" + latent.get(3);
  }

  private static String digest(float[] values) {
    ByteBuffer bytes = ByteBuffer.allocate(Float.BYTES * values.length);
    bytes.asFloatBuffer().put(values);
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes.array()));
    } catch (NoSuchAlgorithmException e) { // every Java runtime has it
      throw new IllegalStateException(e);
    }
  }

  String id() {
    return id;
  }

  FieldOrigin origin() {
    return origin;
  }

  /** The same for fields of the same latent, which render the same. */
  String content() {
    return content;
  }

  TilePyramid pyramid() {
    return pyramid;
  }

  /**
   * Renders pixels of the field.
   *
   * @throws Refusal with 410 if the field was dropped
   */
  RgbImage render(GridRegion pixels, TileListener listener) {
    return whileOpen(() -> field.renderRegion(pixels, listener));
  }

  /**
   * Renders pixels of the field some rows at a time, as 8-bit levels.
   *
   * @return bands whose {@code next} renders; it throws a {@link Refusal} with 410 once the field
   *     was dropped
   */
  ImageBands bands(GridRegion pixels, TileListener listener) {
    ImageBands bands = whileOpen(() -> field.renderBands(pixels, listener));
    return new ImageBands() {
      @Override
      public int height() {
        return bands.height();
      }

      @Override
      public int width() {
        return bands.width();
      }

      @Override
      public RgbImage next() {
        return whileOpen(bands::next);
      }
    };
  }

  private <T> T whileOpen(Supplier<T> work) {
    lock.readLock().lock();
    try {
      if (closed) {
        throw gone(id);
      }
      return work.get();
    } finally {
      lock.readLock().unlock();
    }
  }

  /** Bicubic enlargement of the render with one pixel per latent cell. */
  RgbImage enlarge(GridRegion pixels) {
    return BicubicEnlargement.render(oneToOne(), pixels);
  }

  private synchronized RgbImage oneToOne() {
    if (oneToOne == null) {
      oneToOne = render(whole(pyramid.height(), pyramid.width()), TileListener.NONE);
    }
    return oneToOne;
  }

  /** The whole field, small. */
  RgbImage thumbnail() {
    double scale = (double) THUMBNAIL / Math.max(pyramid.height(), pyramid.width());
    int height = Math.max(1, (int) Math.round(pyramid.height() * scale));
    int width = Math.max(1, (int) Math.round(pyramid.width() * scale));
    return render(whole(height, width), TileListener.NONE);
  }

  private static GridRegion whole(int height, int width) {
    PixelGrid grid = new PixelGrid(height, width);
    return new GridRegion(grid, grid.whole());
  }

  static Refusal gone(String id) {
    return new Refusal(410, "field %s is no longer kept; make it again", id);
  }

  /** Frees the latent once nobody renders it. */
  void close() {
    lock.writeLock().lock();
    try {
      closed = true;
      field.close();
    } finally {
      lock.writeLock().unlock();
    }
  }
}
