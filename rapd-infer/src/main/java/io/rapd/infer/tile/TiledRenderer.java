package io.rapd.infer.tile;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.rapd.core.grid.PixelGrid;
import io.rapd.core.grid.Region;
import io.rapd.core.image.RgbImage;
import io.rapd.core.torch.Autograd;
import io.rapd.core.torch.GradMode;
import io.rapd.nif.NeuralImageField;
import java.util.List;
import java.util.concurrent.CancellationException;

/**
 * Renders a latent tile by tile, so that native memory does not grow with the image: each tile's
 * arrays are freed before the next tile begins.
 *
 * @param field whose renderer is used
 * @param mosaic how images are cut
 */
public record TiledRenderer(NeuralImageField field, Mosaic mosaic) {
  /** The most pixels of an image: its three planes are one Java array. */
  public static final int MAX_PIXELS = (Integer.MAX_VALUE - 8) / RgbImage.CHANNELS;

  /**
   * Renders an image.
   *
   * @param latent z, (1, C, h, w)
   * @param grid the image's size
   * @param listener called after each tile
   * @throws IllegalArgumentException where the image has more than {@link #MAX_PIXELS} pixels
   * @throws IllegalStateException where a pixel is not finite
   * @throws CancellationException where the listener stops it
   */
  public RgbImage render(NDArray latent, PixelGrid grid, TileListener listener) {
    if ((long) grid.height() * grid.width() > MAX_PIXELS) {
      throw new IllegalArgumentException(
          "an image may have at most %d pixels, got %d x %d"
              .formatted(MAX_PIXELS, grid.height(), grid.width()));
    }
    List<Region> tiles = mosaic.tiles(grid);
    float[] planes = new float[RgbImage.CHANNELS * grid.height() * grid.width()];
    for (int i = 0; i < tiles.size(); i++) {
      place(tile(latent, grid, tiles.get(i)), tiles.get(i), grid, planes);
      if (!listener.afterTile(i + 1, tiles.size())) {
        throw new CancellationException(
            "rendering stopped after tile %d of %d".formatted(i + 1, tiles.size()));
      }
    }
    return new RgbImage(grid.height(), grid.width(), planes);
  }

  /** The pixels (3, region height, region width) of one tile. */
  private float[] tile(NDArray latent, PixelGrid grid, Region region) {
    try (GradMode off = GradMode.disabled();
        NDManager scope = latent.getManager().newSubManager()) {
      NDArray local = Autograd.detach(latent); // the same values, so that results belong to scope
      local.attach(scope);
      return field.render(local, grid, region).toFloatArray();
    }
  }

  private static void place(float[] tile, Region region, PixelGrid grid, float[] planes) {
    for (float value : tile) {
      if (!Float.isFinite(value)) {
        throw new IllegalStateException(
            "the field renders to %s at tile %s; are the model's weights damaged?"
                .formatted(value, region));
      }
    }
    for (int row = 0; row < RgbImage.CHANNELS * region.height(); row++) {
      int channel = row / region.height();
      int y = region.top() + row % region.height();
      System.arraycopy(
          tile,
          row * region.width(),
          planes,
          (channel * grid.height() + y) * grid.width() + region.left(),
          region.width());
    }
  }
}
