package io.rapd.nif.teacher;

import ai.djl.ndarray.NDArray;
import io.rapd.core.nn.Module;
import java.util.List;

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

  /** The tokens (B, M, D) after all blocks; frees those that go in. */
  static NDArray through(List<VisionBlock> blocks, NDArray tokens) {
    NDArray current = tokens;
    for (VisionBlock block : blocks) {
      NDArray next = block.forward(current);
      current.close();
      current = next;
    }
    return current;
  }
}
