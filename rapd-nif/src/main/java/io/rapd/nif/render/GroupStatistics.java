package io.rapd.nif.render;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.grid.PixelGrid;
import io.rapd.core.grid.Region;
import io.rapd.core.torch.Constant;
import io.rapd.core.torch.Kernel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Mean and variance of each sample's channel groups over an image that is given tile by tile. Tiles
 * are joined in float64 by Chan's parallel update.
 */
final class GroupStatistics {
  private static final String MOMENTS =
      """
      def forward(x):
        groups = torch.reshape(torch.to(x, $float64), [torch.size(x, 0), $groups, -1])
        variance, mean = torch.var_mean(groups, [2], correction=0)
        return torch.stack([mean, variance])
      """;

  /** Side of a tile. */
  private static final int TILE = 256;

  private final int batch;
  private final int groups;
  private final double[] mean;
  private final double[] squares;
  private double count;

  GroupStatistics(int batch, int groups) {
    this.batch = batch;
    this.groups = groups;
    mean = new double[batch * groups];
    squares = new double[batch * groups];
  }

  /** Adds a tile, (B, C, h, w). */
  void add(NDArray tile) {
    double added = (double) tile.getShape().size() / mean.length;
    double[] moments;
    try (NDArray both = Kernel.of("ClifMoments", MOMENTS, Map.of("groups", groups)).call(tile)) {
      moments = both.toDoubleArray();
    }
    double total = count + added;
    for (int g = 0; g < mean.length; g++) {
      double delta = moments[g] - mean[g];
      mean[g] += delta * added / total;
      squares[g] += moments[mean.length + g] * added + delta * delta * count * added / total;
    }
    count = total;
  }

  /** Mean and variance, (2, B, groups). */
  NDArray array(NDManager manager) {
    float[] values = new float[2 * mean.length];
    for (int g = 0; g < mean.length; g++) {
      values[g] = (float) mean[g];
      values[mean.length + g] = (float) (squares[g] / count);
    }
    return Constant.of(manager, values, new Shape(2, batch, groups));
  }

  /** Tiles that cover an image. */
  static List<Region> tiles(PixelGrid target) {
    List<Region> tiles = new ArrayList<>();
    for (long top = 0; top < target.height(); top += TILE) {
      for (long left = 0; left < target.width(); left += TILE) {
        int height = (int) Math.min(TILE, target.height() - top);
        int width = (int) Math.min(TILE, target.width() - left);
        tiles.add(new Region(top, left, height, width));
      }
    }
    return tiles;
  }
}
