package io.rapd.nif.render;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.grid.PixelAxis;
import io.rapd.core.grid.PixelGrid;
import io.rapd.core.grid.Region;
import io.rapd.core.nn.Initializer;
import io.rapd.core.nn.ModuleKernel;
import io.rapd.core.torch.Constant;
import io.rapd.core.torch.Kernel;
import io.rapd.core.torch.Precision;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * The coordinate-queried attention renderer. Each output pixel becomes a token made of its nearest
 * latent cell, the offset from the centre of that cell, the relative size of a pixel, and its
 * coordinate. The tokens pass through blocks of window attention on the output grid, and a linear
 * layer maps them to RGB. There is no convolution; the cost is linear in the number of pixels.
 */
final class CqarRenderer extends Renderer {
  /**
   * T(x) = W [z_p; offset; relative cell; x] + b. Each part is computed only where it varies: the
   * feature part once per latent cell, the rest once per row and once per column.
   */
  private static final String QUERY =
      """
      def forward(z, row_cell, column_cell, row_place, column_place, cell):
        w = torch.to($stored.proj_in.weight, $float32)
        c = torch.size(z, 1)
        field = torch.linear(torch.permute(z, [0, 2, 3, 1]), torch.slice(w, 1, 0, c))
        row_w = torch.stack([torch.select(w, 1, c), torch.select(w, 1, c + 4)], 1)
        column_w = torch.stack([torch.select(w, 1, c + 1), torch.select(w, 1, c + 5)], 1)
        size = torch.linear(cell, torch.slice(w, 1, c + 2, c + 4), $stored.proj_in.bias)
        rows = torch.linear(row_place, row_w, size)
        columns = torch.linear(column_place, column_w)
        field = torch.index_select(torch.index_select(field, 1, row_cell), 2, column_cell)
        return torch.to(field + torch.unsqueeze(rows, 1) + columns, $dtype)
      """;

  private static final String CROP =
      """
      def forward(x, region):
        top = int(torch.select(region, 0, 0))
        left = int(torch.select(region, 0, 1))
        bottom = int(torch.select(region, 0, 2))
        right = int(torch.select(region, 0, 3))
        return torch.slice(torch.slice(x, 1, top, bottom), 2, left, right)
      """;

  private static final String RGB =
      """
      def forward(x):
        h = torch.layer_norm(x, [torch.size(x, -1)], $norm, 1.0e-05)
        rgb = torch.linear(h, $proj_out)
        return torch.contiguous(torch.to(torch.permute(rgb, [0, 3, 1, 2]), $float32))
      """;

  private final CqarConfig config;
  private final int latentChannels;
  private final List<CqarBlock> blocks = new ArrayList<>();
  private final ModuleKernel query;
  private final ModuleKernel rgb;
  private final long[] relativePositions;

  /** A renderer without values yet. */
  CqarRenderer(CqarConfig config, int latentChannels, Precision precision) {
    this.config = config;
    this.latentChannels = latentChannels;
    int width = config.width();
    layer("proj_in", new Shape(width, latentChannels + 6));
    for (int i = 0; i < config.blocks(); i++) {
      blocks.add(child("blocks." + i, new CqarBlock(config, i % 2 == 1, precision)));
    }
    norm("norm", width);
    linear("proj_out", width, 3, Initializer.truncatedNormal(0.02));
    query = kernel("CqarQuery", QUERY, Map.of("dtype", precision));
    rgb = kernel("CqarRgb", RGB, Map.of("dtype", precision));
    relativePositions = WindowAttention.relativePositions(config.window());
  }

  @Override
  public NDArray render(LatentSource latent, PixelGrid target, Region region) {
    checkLatent(latent, latentChannels);
    target.checkHolds(region);
    List<Region> extents = extents(target, region);
    NDManager home = latent.manager();
    NDManager scope = home.newSubManager();
    NDArray index = Constant.of(scope, relativePositions);
    Region here = extents.get(0);
    NDArray tokens = query(latent, target, here, scope); // (B, h, w, D)
    for (int i = 0; i < blocks.size(); i++) {
      tokens = next(tokens, crop(tokens, here, extents.get(i)));
      here = extents.get(i);
      tokens = next(tokens, blocks.get(i).forward(tokens, here, index)); // (B, h, w, D)
    }
    tokens = next(tokens, crop(tokens, here, region)); // (B, h', w', D)
    NDArray image = rgb.call(tokens);
    image.attach(home);
    scope.close();
    return image;
  }

  @Override
  public boolean regionsAreDifferentiable() {
    return true;
  }

  /** The query tokens of a region, (B, region height, region width, D). */
  NDArray query(LatentSource latent, PixelGrid target, Region region, NDManager scope) {
    int rows = (int) latent.shape().get(2);
    int columns = (int) latent.shape().get(3);
    long[] nearestRows = nearest(target.rows(), region.top(), region.height(), rows);
    long[] nearestColumns = nearest(target.columns(), region.left(), region.width(), columns);
    NDArray cells = // (B, C, h, w)
        latent.cells(
            nearestRows[0],
            nearestColumns[0],
            nearestRows[nearestRows.length - 1] + 1,
            nearestColumns[nearestColumns.length - 1] + 1,
            scope);
    NDArray tokens =
        query.call(
            cells,
            Constant.of(scope, fromFirst(nearestRows)),
            Constant.of(scope, fromFirst(nearestColumns)),
            places(scope, target.rows(), region.top(), region.height(), rows),
            places(scope, target.columns(), region.left(), region.width(), columns),
            Constant.of(
                scope,
                new float[] {target.rows().cell() * rows, target.columns().cell() * columns},
                new Shape(2)));
    tokens.attach(scope);
    return tokens;
  }

  /** Applies block {@code i} to the tokens of a region; for tests. */
  NDArray block(int i, NDArray tokens, Region region) {
    return blocks
        .get(i)
        .forward(tokens, region, Constant.of(tokens.getManager(), relativePositions));
  }

  private static long[] nearest(PixelAxis axis, long from, int count, int cells) {
    long[] nearest = new long[count];
    for (int i = 0; i < count; i++) {
      nearest[i] = axis.nearestCell(from + i, cells);
    }
    return nearest;
  }

  private static long[] fromFirst(long[] ascending) {
    return Arrays.stream(ascending).map(index -> index - ascending[0]).toArray();
  }

  /** Relative offsets and coordinates along one axis, (count, 2). */
  private static NDArray places(NDManager scope, PixelAxis axis, long from, int count, int cells) {
    float[] places = new float[2 * count];
    for (int i = 0; i < count; i++) {
      places[2 * i] = axis.relativeOffset(from + i, cells);
      places[2 * i + 1] = axis.center(from + i);
    }
    return Constant.of(scope, places, new Shape(count, 2));
  }

  /** For each block, the region it must compute so that the last one yields the given region. */
  private List<Region> extents(PixelGrid target, Region region) {
    Region[] extents = new Region[blocks.size()];
    Region needed = region;
    for (int i = blocks.size() - 1; i >= 0; i--) {
      needed = needed.alignedTo(config.window(), blocks.get(i).shift(), target);
      extents[i] = needed;
    }
    return List.of(extents);
  }

  private static NDArray crop(NDArray tokens, Region from, Region to) {
    if (from.equals(to)) {
      return tokens;
    }
    Region part = to.within(from);
    try (NDManager host = tokens.getManager().newSubManager(Device.cpu())) {
      NDArray bounds =
          host.create(new long[] {part.top(), part.left(), part.bottom(), part.right()});
      return Kernel.of("CropTokens", CROP).call(tokens, bounds);
    }
  }

  /** Frees the input of a step once its output exists; a graph keeps what it needs by itself. */
  private static NDArray next(NDArray before, NDArray after) {
    if (after != before) {
      before.close();
    }
    return after;
  }
}
