package io.rapd.infer.tile;

/** Hears of progress, on the rendering thread. */
@FunctionalInterface
public interface TileListener {
  /** Hears nothing and never stops. */
  TileListener NONE = (done, tiles) -> true;

  /**
   * Called after each tile.
   *
   * @param done tiles rendered, from 1
   * @param tiles in all
   * @return whether to go on
   */
  boolean afterTile(int done, int tiles);
}
