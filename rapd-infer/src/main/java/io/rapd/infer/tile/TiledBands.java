package io.rapd.infer.tile;

import static io.rapd.core.text.Messages.message;

import io.rapd.core.grid.GridRegion;
import io.rapd.core.grid.Region;
import io.rapd.core.image.ImageBands;
import io.rapd.core.image.RgbImage;
import io.rapd.nif.render.LatentSource;
import io.rapd.nif.render.Renderer;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.CancellationException;

/** Renders the rows of tiles of a region one by one, from top to bottom, as 8-bit levels. */
final class TiledBands implements ImageBands {
  private final Renderer renderer;
  private final LatentSource latent;
  private final GridRegion part;
  private final Mosaic mosaic;
  private final TileListener listener;
  private final long tiles;
  private long done;
  private long top;

  /**
   * @param renderer of the grid
   * @param mosaic whose rows of tiles become bands
   */
  TiledBands(
      Renderer renderer,
      LatentSource latent,
      GridRegion part,
      Mosaic mosaic,
      TileListener listener) {
    this.renderer = renderer;
    this.latent = latent;
    this.part = part;
    this.mosaic = mosaic;
    this.listener = listener;
    top = part.region().top();
    tiles = mosaic.count(part.region());
  }

  @Override
  public int height() {
    return part.region().height();
  }

  @Override
  public int width() {
    return part.region().width();
  }

  @Override
  public RgbImage next() {
    Region all = part.region();
    if (top == all.bottom()) {
      throw new NoSuchElementException();
    }
    int height = mosaic.rowsFrom(top, all.bottom());
    Region band = new Region(top, all.left(), height, all.width());
    TileLevels levels = new TileLevels(band);
    List<Region> row = mosaic.tiles(band);
    for (Region tile : row) {
      levels.place(tile, TiledRenderer.tile(renderer, latent, part.grid(), tile));
      done++;
      if (!listener.afterTile(counted(done), counted(tiles))) {
        throw new CancellationException(
            message("rendering stopped after tile %d of %d", done, tiles));
      }
    }
    top += height;
    return levels.image();
  }

  private static int counted(long tiles) {
    return (int) Math.min(tiles, Integer.MAX_VALUE);
  }
}
