package io.rapd.infer;

import static io.rapd.core.config.Check.check;

import ai.djl.modality.cv.Image;
import ai.djl.modality.cv.ImageFactory;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.grid.GridRegion;
import io.rapd.core.grid.PixelGrid;
import io.rapd.core.grid.Viewport;
import io.rapd.core.image.AwtImages;
import io.rapd.core.image.ImageBands;
import io.rapd.core.image.RgbImage;
import io.rapd.infer.tile.TileListener;
import io.rapd.infer.tile.TiledRenderer;
import io.rapd.nif.NeuralImageField;
import io.rapd.nif.render.LatentSource;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * An image without a resolution: a latent and its renderer. Every size is rendered from the same
 * latent; only the coordinates change.
 *
 * <p>Holds native memory until it, or the model that made it, is closed. Safe for use by several
 * threads until then.
 */
public final class ImageField implements AutoCloseable {
  /** The largest number of pixels that a rendering can have. */
  public static final int MAX_PIXELS = TiledRenderer.MAX_PIXELS;

  private final NDManager memory;
  private final @Nullable NDArray array;
  private final LatentSource latent;
  private final NeuralImageField model;
  private final TiledRenderer renderer;

  /** Takes over a latent (1, C, h, w); closing the owner frees it as well. */
  ImageField(NeuralImageField field, NDArray latent, NDManager owner) {
    this.memory = owner.newSubManager();
    this.model = field;
    this.renderer = new TiledRenderer(field);
    latent.attach(memory);
    this.array = latent;
    this.latent = LatentSource.of(latent);
  }

  /** A field whose latent is computed where it is rendered, on the manager given to it. */
  ImageField(NeuralImageField field, Function<NDManager, LatentSource> latent, NDManager owner) {
    this.memory = owner.newSubManager();
    this.model = field;
    this.renderer = new TiledRenderer(field);
    this.array = null;
    this.latent = latent.apply(memory);
  }

  /**
   * z, (1, C, h, w), float32; owned by this field.
   *
   * @throws IllegalStateException if this field or its model is closed, or for {@link
   *     ImageToField#encodeWhereRendered}, which never has the whole latent
   */
  public NDArray latent() {
    requireOpen();
    if (array == null) {
      throw new IllegalStateException(
          "this field encodes its image where it is rendered and has no whole latent");
    }
    return array;
  }

  /** The shape of the latent, (1, C, h, w). */
  public Shape latentShape() {
    return latent.shape();
  }

  /**
   * Renders at any size; the image is stretched to the aspect ratio. Memory other than the image
   * itself does not depend on the size.
   *
   * @param height rows H', at least 1
   * @param width columns W', at least 1
   * @throws IllegalArgumentException for a size below 1, or of more than {@link #MAX_PIXELS} pixels
   * @throws IllegalStateException if this field or its model is closed
   */
  public RgbImage renderAtResolution(int height, int width) {
    return renderAtResolution(height, width, TileListener.NONE);
  }

  /**
   * As {@link #renderAtResolution(int, int)}, reporting progress.
   *
   * @throws java.util.concurrent.CancellationException if the listener stops the rendering
   */
  public RgbImage renderAtResolution(int height, int width, TileListener listener) {
    PixelGrid grid = new PixelGrid(height, width);
    requireOpen();
    return renderer.render(latent, new GridRegion(grid, grid.whole()), listener);
  }

  /**
   * Renders part of the field at any density. Where the pixels coincide with those of a whole
   * image, the result equals that part of it up to rounding (docs/decisions/0023).
   *
   * @param viewport in normalised coordinates
   * @param height rows, at least 1
   * @param width columns, at least 1
   * @throws IllegalArgumentException as {@link Viewport#pixels}, or for more than {@link
   *     #MAX_PIXELS} pixels
   * @throws IllegalStateException if this field or its model is closed
   */
  public RgbImage renderRegion(Viewport viewport, int height, int width) {
    return renderRegion(viewport.pixels(height, width), TileListener.NONE);
  }

  /**
   * Renders pixels of a grid, which may be far larger than any image.
   *
   * @throws java.util.concurrent.CancellationException if the listener stops the rendering
   */
  public RgbImage renderRegion(GridRegion pixels, TileListener listener) {
    requireOpen();
    return renderer.render(latent, pixels, listener);
  }

  /**
   * Renders pixels of a grid some rows at a time, for files and images of any height. Memory does
   * not grow with the number of rows.
   *
   * @return bands of 8-bit levels, as files hold them, to read once, before this field is closed;
   *     reading renders, and throws {@link java.util.concurrent.CancellationException} if the
   *     listener stops it
   */
  public ImageBands renderBands(GridRegion pixels, TileListener listener) {
    requireOpen();
    return renderer.bands(latent, pixels, listener);
  }

  /**
   * As {@link #renderAtResolution(int, int)}, but the result stays on the device. Its values are
   * not checked and may overshoot [-1, 1] a little.
   *
   * @param home owns the result
   * @return (1, 3, H', W'), float32
   */
  public NDArray renderArray(int height, int width, NDManager home) {
    return renderArray(List.of(this), height, width, home);
  }

  /**
   * Renders several fields of one model together, and leaves the result on the device.
   *
   * @param fields of latents of one shape
   * @param home owns the result, on the device of the model
   * @return (B, 3, H', W'), float32
   * @throws IllegalArgumentException for no fields, or those of several models or shapes
   * @throws IllegalStateException as {@link #latent}
   */
  public static NDArray renderArray(
      List<ImageField> fields, int height, int width, NDManager home) {
    check(!fields.isEmpty(), "a batch needs at least one field, got none");
    ImageField first = fields.get(0);
    for (ImageField one : fields) {
      check(one.model == first.model, "fields of a batch must be of one model");
      check(
          one.latentShape().equals(first.latentShape()),
          "latents of a batch must have one shape, got %s and %s",
          first.latentShape(),
          one.latentShape());
    }
    PixelGrid grid = new PixelGrid(height, width);
    try (NDManager scope = home.newSubManager()) {
      NDArray latents = first.latent();
      if (fields.size() > 1) {
        latents = NDArrays.concat(new NDList(fields.stream().map(ImageField::latent).toList()));
        latents.attach(scope);
      }
      return first.renderer.renderArray(latents, new GridRegion(grid, grid.whole()), home);
    }
  }

  /** As {@link #renderAtResolution(int, int)}, but returns an 8-bit image of Java's. */
  public BufferedImage renderBufferedImage(int height, int width) {
    return AwtImages.of(renderAtResolution(height, width));
  }

  /** As {@link #renderAtResolution(int, int)}, but returns an 8-bit image of DJL. */
  public Image renderDjlImage(int height, int width) {
    byte[] rgb = renderAtResolution(height, width).toRgbBytes();
    int[] argb = new int[height * width];
    for (int i = 0; i < argb.length; i++) {
      int at = RgbImage.CHANNELS * i;
      argb[i] =
          0xff << 24 | (rgb[at] & 0xff) << 16 | (rgb[at + 1] & 0xff) << 8 | (rgb[at + 2] & 0xff);
    }
    return ImageFactory.getInstance().fromPixels(argb, width, height);
  }

  private void requireOpen() {
    if (!memory.isOpen()) {
      throw new IllegalStateException("the image field is closed");
    }
  }

  /** Frees the latent. */
  @Override
  public void close() {
    memory.close();
  }
}
