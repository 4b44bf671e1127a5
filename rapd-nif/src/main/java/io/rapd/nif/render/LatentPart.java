package io.rapd.nif.render;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
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
      LatentSource latent, Stream<int[]> rows, Stream<int[]> columns, int margin, NDManager scope) {
    int[] down = range(rows, margin, latent.shape().get(2));
    int[] across = range(columns, margin, latent.shape().get(3));
    NDArray values = latent.cells(down[0], across[0], down[1], across[1], scope);
    return new LatentPart(values, down[0], across[0]);
  }

  private static int[] range(Stream<int[]> cells, int margin, long count) {
    var touched = cells.flatMapToInt(IntStream::of).summaryStatistics();
    return new int[] {
      Math.max(0, touched.getMin() - margin), (int) Math.min(count, touched.getMax() + 1L + margin)
    };
  }
}
