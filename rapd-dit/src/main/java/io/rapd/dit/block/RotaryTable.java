package io.rapd.dit.block;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.torch.Constant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Rotations of queries and keys by the position of a token in the grid ({@code
 * precompute_freqs_cis_ex2d}). Column p of the table rotates channels (2p, 2p+1) of a head; even
 * columns use x, odd columns y, at frequencies 10000^(-4j / head width) with j = p / 2.
 *
 * <p>As in the original, height and width are exchanged in the range of positions, whose ends are
 * both included: x takes {@code columns} values in [0, rows], y takes {@code rows} values in [0,
 * columns].
 *
 * <p>Tables are cached on the heap, one per grid size. Thread-safe.
 */
public final class RotaryTable {
  private record Grid(int rows, int columns) {}

  private final int headWidth;
  private final Map<Grid, float[]> tables = new ConcurrentHashMap<>();

  /**
   * Tables for heads of one width.
   *
   * @param headWidth a multiple of 4
   */
  public RotaryTable(int headWidth) {
    if (headWidth < 4 || headWidth % 4 != 0) {
      throw new IllegalArgumentException("head width must be a multiple of 4, got " + headWidth);
    }
    this.headWidth = headWidth;
  }

  /** The (cos, sin) pairs for a grid of tokens, row-major: (rows * columns, headWidth / 2, 2). */
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

  /** Point {@code index} of {@code count} evenly spaced in [0, end]; 0 if there is only one. */
  private static double spread(int end, int count, int index) {
    return count == 1 ? 0 : (double) end * index / (count - 1);
  }
}
