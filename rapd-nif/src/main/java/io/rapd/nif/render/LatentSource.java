package io.rapd.nif.render;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

/**
 * A latent of which a renderer takes the cells that a region touches. It may be an array, or be
 * computed where it is needed and never be whole in memory.
 */
public interface LatentSource {
  /** The shape of the whole latent, (B, C, h, w). */
  Shape shape();

  /** Owns what is rendered from this latent. */
  NDManager manager();

  /**
   * Part of the latent.
   *
   * @param top first row, at least 0
   * @param left first column, at least 0
   * @param bottom one past the last row, at most h
   * @param right one past the last column, at most w
   * @param scope owns the result
   * @return (B, C, bottom - top, right - left), float32
   */
  NDArray cells(long top, long left, long bottom, long right, NDManager scope);

  /** The same latent; what is rendered from it belongs to another manager. */
  LatentSource on(NDManager other);

  /** An array (B, C, h, w) in memory. */
  static LatentSource of(NDArray latent) {
    return new LatentArray(latent, latent.getManager());
  }
}
