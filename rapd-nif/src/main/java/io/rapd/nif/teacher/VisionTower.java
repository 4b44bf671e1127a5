package io.rapd.nif.teacher;

import ai.djl.ndarray.NDArray;
import io.rapd.core.nn.Module;
import io.rapd.core.nn.ModuleKernel;
import java.util.ArrayList;
import java.util.List;

/** A vision transformer: patches are embedded and pass through the blocks in order. */
abstract sealed class VisionTower extends Module permits Dinov2, ClipVision {
  private final int width;
  private final int patchSize;
  private final List<VisionBlock> blocks = new ArrayList<>();

  VisionTower(int width, int patchSize) {
    this.width = width;
    this.patchSize = patchSize;
  }

  /** Declares the next block. */
  final void block(String name, VisionBlock block) {
    blocks.add(child(name, block));
  }

  /** D, the number of values per token. */
  final int width() {
    return width;
  }

  /** The side of a patch in pixels. */
  final int patchSize() {
    return patchSize;
  }

  /**
   * The features of every patch.
   *
   * @param pixels (B, 3, H, W) float32, normalised as in the model's training; H and W multiples of
   *     the patch size
   * @return (B, N, D) float32, row-major over the patch grid, on the manager of {@code pixels}
   */
  abstract NDArray patchTokens(NDArray pixels);

  /**
   * Embeds pixels (B, 3, H, W), applies all blocks, and turns their tokens (B, M, D) into output.
   */
  final NDArray run(NDArray pixels, ModuleKernel embed, ModuleKernel output) {
    TeacherInput.requireWholePatches(pixels, patchSize);
    NDArray tokens = embed.call(pixels);
    for (VisionBlock block : blocks) {
      NDArray next = block.forward(tokens);
      tokens.close();
      tokens = next;
    }
    NDArray result = output.call(tokens);
    tokens.close();
    return result;
  }
}
