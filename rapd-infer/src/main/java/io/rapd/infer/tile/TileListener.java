package io.rapd.infer.tile;

/** Progress of a rendering; called on the rendering thread. */
@FunctionalInterface
public interface TileListener {
  /** Ignores progress and never stops the rendering. */
  TileListener NONE = (done, tiles) -> true;

  /**
   * Called after each tile.
   *
   * @param done number of tiles rendered, from 1
   * @param tiles number of tiles in the image
   * @return whether to continue
   */
  boolean afterTile(int done, int tiles);
}
