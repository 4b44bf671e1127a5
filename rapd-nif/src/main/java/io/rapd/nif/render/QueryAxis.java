package io.rapd.nif.render;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.grid.PixelAxis;
import io.rapd.core.torch.Constant;

/** Queries along one axis of a latent, and the latent cells from which they take their features. */
final class QueryAxis {
  /** LIIF's offset that decides ties between two shifted cells, in coordinates of [-1, 1]. */
  private static final double TIE = 1e-6;

  private final double[] positions;

  /** The positions at which cells are looked up: ties are already decided. */
  private final double[] lookups;

  private final float cellSize;
  private final int cells;

  /**
   * Any queries.
   *
   * @param positions in cells, 0 at the first edge of the latent and {@code cells} at the last
   * @param cellSize LIIF's relative cell: the size of a query's cell in half cells of the latent
   * @param cells number of latent cells along the axis
   */
  QueryAxis(double[] positions, float cellSize, int cells) {
    this.positions = positions;
    lookups = positions.clone();
    this.cellSize = cellSize;
    this.cells = cells;
  }

  /** The centres of pixels {@code from} to {@code from + count - 1} of a grid. */
  static QueryAxis ofPixels(PixelAxis pixels, long from, int count, int cells) {
    double[] positions = new double[count];
    for (int i = 0; i < count; i++) {
      positions[i] = pixels.position(from + i, cells);
    }
    QueryAxis axis = new QueryAxis(positions, pixels.cell() * cells, cells);
    for (int i = 0; i < count; i++) {
      if (positions[i] == Math.rint(positions[i])) {
        axis.lookups[i] = tie(pixels, from + i, cells);
      }
    }
    return axis;
  }

  /**
   * The centre of the cell that {@code grid_sample} takes for a pixel between two cells: its
   * float32 arithmetic decides, and trained weights expect its choice. For whole images the
   * coordinate is rounded as {@code make_coord} rounds it.
   */
  private static double tie(PixelAxis pixels, long pixel, int cells) {
    boolean image = pixels.first() == 1 && pixels.step() == 2;
    long count = pixels.denominator() / 2;
    float coordinate =
        image ? -1 + 2 * ((0.5f + (float) pixel) / (float) count) : pixels.center(pixel);
    float index = ((coordinate + 1) * cells - 1) / 2;
    return Math.rint(index) + 0.5;
  }

  int count() {
    return positions.length;
  }

  /** The nearest cell of each query. */
  int[] nearest() {
    return cells(lookups, 0);
  }

  /** The cell nearest to each query moved by half a cell, backwards (-1) or forwards (1). */
  int[] nearestAfterShift(int direction) {
    return cells(positions, direction / 2.0 + TIE * cells / 2);
  }

  private int[] cells(double[] places, double shift) {
    int[] nearest = new int[places.length];
    for (int i = 0; i < nearest.length; i++) {
      double moved = Math.floor(places[i] + shift);
      nearest[i] = (int) Math.max(0, Math.min(cells - 1, moved));
    }
    return nearest;
  }

  /** The offset of each query from the centre of its cell, in half cells. */
  float[] offsets(int[] nearest) {
    float[] offsets = new float[nearest.length];
    for (int i = 0; i < offsets.length; i++) {
      offsets[i] = (float) (2 * (positions[i] - nearest[i]) - 1);
    }
    return offsets;
  }

  /** Cells counted from {@code first}, int64 (count). */
  static NDArray indices(NDManager scope, int[] nearest, int first) {
    long[] indices = new long[nearest.length];
    for (int i = 0; i < indices.length; i++) {
      indices[i] = nearest[i] - (long) first;
    }
    return Constant.of(scope, indices);
  }

  /** The relative cells of two axes, (2). */
  static NDArray relativeCell(NDManager scope, QueryAxis rows, QueryAxis columns) {
    return Constant.of(scope, new float[] {rows.cellSize, columns.cellSize}, new Shape(2));
  }
}
