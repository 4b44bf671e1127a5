package io.rapd.nif.render;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The part of a latent that a region touches.
 *
 * @param values (B, C, h, w)
 * @param top first row of the part within the latent
 * @param left first column
 */
record LatentPart(NDArray values, int top, int left) {
  /**
   * The smallest part that holds the given cells and {@code margin} cells around them, cut at the
   * edges of the latent.
   */
  static LatentPart around(
      NDArray latent, Stream<int[]> rows, Stream<int[]> columns, int margin, NDManager scope) {
    int[] down = range(rows, margin, latent.getShape().get(2));
    int[] across = range(columns, margin, latent.getShape().get(3));
    NDIndex part =
        new NDIndex()
            .addAllDim()
            .addAllDim()
            .addSliceDim(down[0], down[1])
            .addSliceDim(across[0], across[1]);
    return new LatentPart(latent.get(scope, part), down[0], across[0]);
  }

  private static int[] range(Stream<int[]> cells, int margin, long count) {
    var touched = cells.flatMapToInt(IntStream::of).summaryStatistics();
    return new int[] {
      Math.max(0, touched.getMin() - margin), (int) Math.min(count, touched.getMax() + 1L + margin)
    };
  }
}
