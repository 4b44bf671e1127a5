package io.rapd.infer;

import ai.djl.modality.cv.Image;
import ai.djl.modality.cv.ImageFactory;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.rapd.core.grid.PixelGrid;
import io.rapd.core.image.RgbImage;
import io.rapd.infer.tile.Mosaic;
import io.rapd.infer.tile.TileListener;
import io.rapd.infer.tile.TiledRenderer;
import io.rapd.nif.NeuralImageField;

/**
 * One image without a resolution: a latent, and the renderer that turns it into pixels. The same
 * latent serves every size; only the coordinates change.
 *
 * <p>Holds native memory until it or the model that made it is closed. Safe for use by several
 * threads until then.
 */
public final class ImageField implements AutoCloseable {
  /**
   * At the paper's size a tile takes about 250 MB, and its rims cost a tenth of its pixels. Inner
   * borders lie at 4, 12, 20, ..: where the last of four blocks with windows of 8 has its own.
   */
  private static final Mosaic MOSAIC = new Mosaic(256, 252);

  private final NDManager memory;
  private final NDArray latent;
  private final TiledRenderer renderer;

  /** Takes over a latent (1, C, h, w), whose memory belongs to the owner as well. */
  ImageField(NeuralImageField field, NDArray latent, NDManager owner) {
    this.memory = owner.newSubManager();
    this.latent = latent;
    this.renderer = new TiledRenderer(field, MOSAIC);
    latent.attach(memory);
  }

  /** z, (1, C, h, w), float32; belongs to this field. */
  public NDArray latent() {
    requireOpen();
    return latent;
  }

  /**
   * Renders at any size; the image fills it whatever its aspect ratio. Memory beyond the image
   * itself does not depend on the size.
   *
   * @param height rows H', at least 1
   * @param width columns W', at least 1
   * @throws IllegalArgumentException for a size below 1 or above {@link TiledRenderer#MAX_PIXELS}
   *     pixels
   * @throws IllegalStateException where this field or its model is closed
   */
  public RgbImage renderAtResolution(int height, int width) {
    return renderAtResolution(height, width, TileListener.NONE);
  }

  /**
   * As {@link #renderAtResolution(int, int)}, with news of its progress.
   *
   * @throws java.util.concurrent.CancellationException where the listener stops it
   */
  public RgbImage renderAtResolution(int height, int width, TileListener listener) {
    PixelGrid grid = new PixelGrid(height, width);
    requireOpen();
    return renderer.render(latent, grid, listener);
  }

  /** As {@link #renderAtResolution(int, int)}, as an 8-bit image of DJL. */
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
