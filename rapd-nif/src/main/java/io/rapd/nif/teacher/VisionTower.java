package io.rapd.nif.teacher;

import ai.djl.ndarray.NDArray;
import io.rapd.core.nn.Module;

/** A vision transformer over patches. */
abstract sealed class VisionTower extends Module permits Dinov2, ClipVision {
  /** D, the number of values of a token. */
  public abstract int width();

  /** The side of a patch in pixels. */
  public abstract int patchSize();

  /**
   * The features of every patch.
   *
   * @param pixels (B, 3, H, W) float32, normalised as the model was trained; sides multiples of the
   *     patch size
   * @return (B, N, D) float32, row-major over the patch grid, on the manager of {@code pixels}
   */
  public abstract NDArray patchTokens(NDArray pixels);
}
