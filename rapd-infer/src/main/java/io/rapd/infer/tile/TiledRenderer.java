package io.rapd.infer.tile;

import static io.rapd.core.config.Check.check;
import static io.rapd.core.text.Messages.message;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.rapd.core.grid.GridRegion;
import io.rapd.core.grid.PixelGrid;
import io.rapd.core.grid.Region;
import io.rapd.core.image.ImageBands;
import io.rapd.core.image.RgbImage;
import io.rapd.core.torch.GradMode;
import io.rapd.nif.NeuralImageField;
import io.rapd.nif.render.LatentSource;
import io.rapd.nif.render.Renderer;
import java.util.List;
import java.util.concurrent.CancellationException;

/**
 * Renders a latent tile by tile. The arrays of a tile are freed before the next one begins, so
 * native memory does not grow with the image.
 */
public final class TiledRenderer {
  /** The largest number of pixels in an image: its three planes are one Java array. */
  public static final int MAX_PIXELS = (Integer.MAX_VALUE - 8) / RgbImage.CHANNELS;

  /**
   * At the paper's size a tile takes about 250 MB, and computing its margins costs a tenth of its
   * pixels. Inner borders lie at 4 modulo 8, as the windows of the last of four blocks do.
   */
  private static final Mosaic MOSAIC = new Mosaic(256, 252, 256, 252);

  /** 6 MB of levels, which fit among Java's young objects. Wider images have lower bands. */
  private static final int MAX_BAND_PIXELS = 1 << 21;

  private final NeuralImageField field;
  private final Mosaic mosaic;

  /** Renders with the field's own renderer. */
  public TiledRenderer(NeuralImageField field) {
    this(field, MOSAIC);
  }

  TiledRenderer(NeuralImageField field, Mosaic mosaic) {
    this.field = field;
    this.mosaic = mosaic;
  }

  /**
   * Renders an image.
   *
   * @param latent z, (1, C, h, w)
   * @param grid the size of the image
   * @param listener called after each tile
   * @throws IllegalArgumentException if the image has more than {@link #MAX_PIXELS} pixels
   * @throws IllegalStateException if a pixel is not finite
   * @throws CancellationException if the listener stops the rendering
   */
  public RgbImage render(NDArray latent, PixelGrid grid, TileListener listener) {
    return render(LatentSource.of(latent), new GridRegion(grid, grid.whole()), listener);
  }

  /** As {@link #render(LatentSource, GridRegion, TileListener)}, of a latent in memory. */
  public RgbImage render(NDArray latent, GridRegion part, TileListener listener) {
    return render(LatentSource.of(latent), part, listener);
  }

  /**
   * Renders part of an image. Up to rounding, the result equals the same part of the whole image.
   *
   * @param latent z, (1, C, h, w)
   * @param part the pixels to render
   * @param listener called after each tile
   * @throws IllegalArgumentException if the part has more than {@link #MAX_PIXELS} pixels
   * @throws IllegalStateException if a pixel is not finite
   * @throws CancellationException if the listener stops the rendering
   */
  public RgbImage render(LatentSource latent, GridRegion part, TileListener listener) {
    Region all = part.region();
    check(
        all.pixels() <= MAX_PIXELS,
        "an image may have at most %d pixels, got %d x %d",
        MAX_PIXELS,
        all.height(),
        all.width());
    TilePlanes planes = new TilePlanes(all);
    List<Region> tiles = mosaic.tiles(all);
    Renderer renderer = field.renderer().forImage(latent, part.grid());
    for (int i = 0; i < tiles.size(); i++) {
      planes.place(tiles.get(i), tile(renderer, latent, part.grid(), tiles.get(i)));
      if (!listener.afterTile(i + 1, tiles.size())) {
        throw new CancellationException(
            message("rendering stopped after tile %d of %d", i + 1, tiles.size()));
      }
    }
    return planes.image();
  }

  /**
   * Renders part of an image some rows at a time, in memory that does not grow with its height. The
   * rows are those of {@link #render(LatentSource, GridRegion, TileListener)} as 8-bit levels.
   *
   * @param latent z, (1, C, h, w); must stay open until the last row
   * @param part the pixels to render; at most {@value #MAX_PIXELS} / 8 columns
   * @param listener called after each tile
   * @return bands whose {@code next} renders; it throws {@link IllegalStateException} if a pixel is
   *     not finite and {@link CancellationException} if the listener stops the rendering
   */
  public ImageBands bands(LatentSource latent, GridRegion part, TileListener listener) {
    return new TiledBands(
        field.renderer().forImage(latent, part.grid()),
        latent,
        part,
        mosaic.withBandsOf(MAX_BAND_PIXELS / part.region().width()),
        listener);
  }

  /** As {@link #bands(LatentSource, GridRegion, TileListener)}, of a latent in memory. */
  public ImageBands bands(NDArray latent, GridRegion part, TileListener listener) {
    return bands(LatentSource.of(latent), part, listener);
  }

  /**
   * Renders part of an image of each of several latents, and leaves the result on the device. Up to
   * rounding, it equals that of {@link #render(LatentSource, GridRegion, TileListener)}. Values are
   * not checked and may overshoot [-1, 1] a little.
   *
   * @param latents z, (B, C, h, w)
   * @param part the pixels to render
   * @param home owns the result
   * @return (B, 3, height, width), float32
   */
  public NDArray renderArray(NDArray latents, GridRegion part, NDManager home) {
    LatentSource source = LatentSource.of(latents);
    Renderer renderer = field.renderer().forImage(source, part.grid());
    try (GradMode off = GradMode.disabled();
        NDManager bands = home.newSubManager()) {
      NDList below = new NDList();
      Region all = part.region();
      for (long top = all.top(); top < all.bottom(); ) {
        int rows = mosaic.rowsFrom(top, all.bottom());
        Region band = new Region(top, all.left(), rows, all.width());
        try (NDManager tiles = bands.newSubManager()) {
          NDList beside = new NDList();
          for (Region tile : mosaic.tiles(band)) {
            beside.add(renderer.render(source.on(tiles), part.grid(), tile));
          }
          below.add(tiles.ret(joined(beside, 3, tiles)));
        }
        top += rows;
      }
      return bands.ret(joined(below, 2, bands));
    }
  }

  private static NDArray joined(NDList parts, int axis, NDManager scope) {
    NDArray whole = parts.size() == 1 ? parts.get(0) : NDArrays.concat(parts, axis);
    whole.attach(scope);
    return whole;
  }

  /** The pixels (3, region height, region width) of one tile. */
  static float[] tile(Renderer renderer, LatentSource latent, PixelGrid grid, Region region) {
    try (GradMode off = GradMode.disabled();
        NDManager scope = latent.manager().newSubManager()) {
      return renderer.render(latent.on(scope), grid, region).toFloatArray();
    }
  }
}
