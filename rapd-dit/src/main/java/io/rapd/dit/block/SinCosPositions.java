package io.rapd.dit.block;

import io.rapd.core.nn.Initializer;

/**
 * The fixed 2-d position table of the image tokens ({@code get_2d_sincos_pos_embed}). The first
 * half of the channels encodes the column, the second half the row; each half holds sines, then
 * cosines, of integer positions at frequencies 10000^(-k / (D/4)).
 */
public final class SinCosPositions {
  private SinCosPositions() {}

  /** Fills a table (1, grid * grid, D), row-major over the grid; D must be a multiple of 4. */
  public static Initializer of(int grid) {
    return (values, shape, random) -> {
      int width =
          Math.toIntExact(shape.get(2)); // the array holds all values, so no product overflows
      int quarter = width / 4;
      for (int token = 0; token < grid * grid; token++) {
        int[] positions = {token % grid, token / grid};
        for (int axis = 0; axis < 2; axis++) {
          int start = token * width + axis * width / 2;
          for (int k = 0; k < quarter; k++) {
            double angle = positions[axis] * Math.pow(10_000, -(double) k / quarter);
            values[start + k] = (float) Math.sin(angle);
            values[start + quarter + k] = (float) Math.cos(angle);
          }
        }
      }
    };
  }
}
