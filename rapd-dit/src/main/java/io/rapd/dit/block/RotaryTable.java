package io.rapd.dit.block;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.torch.Constant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Rotations of queries and keys by the token's place in the grid ({@code
 * precompute_freqs_cis_ex2d}). Column p of the table rotates the channels (2p, 2p+1) of a head;
 * even columns use x, odd columns y, at frequencies 10000^(-4j / head width), j = p / 2.
 *
 * <p>As in the source, positions are spread over both ends of a range in which height and width are
 * exchanged: x over [0, rows] in {@code columns} points, y over [0, columns] in {@code rows}
 * points.
 *
 * <p>Tables are kept on the heap, one for each grid seen; safe for use by several threads.
 */
public final class RotaryTable {
  private record Grid(int rows, int columns) {}

  private final int headWidth;
  private final Map<Grid, float[]> tables = new ConcurrentHashMap<>();

  /**
   * A table for heads of that width.
   *
   * @param headWidth a multiple of 4
   */
  public RotaryTable(int headWidth) {
    if (headWidth < 4 || headWidth % 4 != 0) {
      throw new IllegalArgumentException("head width must be a multiple of 4, got " + headWidth);
    }
    this.headWidth = headWidth;
  }

  /** (cos, sin) pairs of a grid of tokens, row-major: (rows * columns, headWidth / 2, 2). */
  public NDArray on(NDManager manager, int rows, int columns) {
    float[] table = tables.computeIfAbsent(new Grid(rows, columns), this::compute);
    return Constant.of(manager, table, new Shape((long) rows * columns, headWidth / 2, 2));
  }

  private float[] compute(Grid grid) {
    int rows = grid.rows();
    int columns = grid.columns();
    float[] table = new float[Math.multiplyExact(Math.multiplyExact(rows, columns), headWidth)];
    int at = 0;
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        for (int pair = 0; pair < headWidth / 2; pair++) {
          double position =
              pair % 2 == 0 ? spread(rows, columns, column) : spread(columns, rows, row);
          int frequency = pair / 2;
          double angle = position * Math.pow(10_000, -4.0 * frequency / headWidth);
          table[at++] = (float) Math.cos(angle);
          table[at++] = (float) Math.sin(angle);
        }
      }
    }
    return table;
  }

  /** Point {@code index} of {@code count} over [0, end], both ends included; 0 if alone. */
  private static double spread(int end, int count, int index) {
    return count == 1 ? 0 : (double) end * index / (count - 1);
  }
}
