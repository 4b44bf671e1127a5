package io.rapd.nif.render;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.grid.PixelGrid;
import io.rapd.core.grid.Region;
import io.rapd.core.nn.ModuleKernel;
import io.rapd.core.torch.Constant;
import io.rapd.core.torch.Precision;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * The local implicit image function of Chen et al. (2021), {@code LIIF.query_rgb}: an MLP maps the
 * feature of a latent cell, the offset of the pixel from it and the relative cell to RGB. A pixel
 * does not depend on other pixels, so every region is exact. Parameters are named {@code
 * imnet.layers.N}.
 */
final class LiifRenderer extends Renderer {
  /**
   * The part of the first layer that depends on the latent alone, once per latent cell. On unfolded
   * features, a linear layer is a 3x3 convolution.
   */
  private static final String FIELD =
      """
      def forward(z):
        w = torch.to($stored.imnet.layers.0.weight, $float32)
        c = torch.size(z, 1)
        features = torch.slice(w, 1, 0, c * $side * $side)
        taps = torch.reshape(features, [torch.size(w, 0), c, $side, $side])
        field = torch.conv2d(z, taps, None, [1, 1], [$margin, $margin])
        return torch.contiguous(torch.permute(field, [0, 2, 3, 1]))
      """;

  /** The rest of the MLP, in strips of about {@code $chunk} pixels. */
  private static final String RGB =
      """
      def forward(field, row_cell, column_cell, row_offset, column_offset, cell):
        w = torch.to($stored.imnet.layers.0.weight, $float32)
        first = torch.size(w, 1) - $places
        size = torch.to($stored.imnet.layers.0.bias, $float32)
        if $decode:
          size = torch.linear(cell, torch.slice(w, 1, first + 2, first + 4), size)
        row_w = torch.select(w, 1, first)
        column_w = torch.select(w, 1, first + 1)
        height = torch.size(row_cell, 1)
        rows = max(1, $chunk // (torch.size(field, 0) * torch.size(column_cell, 1)))
        strips = annotate(List[Tensor], [])
        top = 0
        while top < height:
          bottom = min(top + rows, height)
          near = torch.slice(row_cell, 1, top, bottom)
          offset = torch.slice(row_offset, 1, top, bottom)
          rgb = ensemble(field, near, column_cell, offset, column_offset, row_w, column_w, size)
          strips = torch.append(strips, rgb)
          top = bottom
        image = torch.permute(torch.cat(strips, 1), [0, 3, 1, 2])
        return torch.contiguous(image)
      def ensemble(field, row_cell, column_cell, row_offset, column_offset, row_w, column_w, size):
        last = torch.size(row_cell, 0) - 1
        colours = annotate(List[Tensor], [])
        areas = annotate(List[Tensor], [])
        for i in range(last + 1):
          cells = torch.index_select(field, 1, torch.select(row_cell, 0, i))
          down = torch.unsqueeze(torch.select(row_offset, 0, i), 1) * row_w + size
          for j in range(last + 1):
            near = torch.index_select(cells, 2, torch.select(column_cell, 0, j))
            across = torch.unsqueeze(torch.select(column_offset, 0, j), 1) * column_w
            colours = torch.append(colours, colour(near + torch.unsqueeze(down, 1) + across))
            opposite = torch.unsqueeze(torch.select(row_offset, 0, last - i), 1)
            area = torch.abs(opposite * torch.select(column_offset, 0, last - j)) + 1.0e-09
            areas = torch.append(areas, area)
        weight = torch.stack(areas, 0)
        weight = torch.unsqueeze(torch.unsqueeze(weight / torch.sum(weight, [0]), 1), -1)
        return torch.sum(torch.stack(colours, 0) * weight, [0])
      def colour(before):
        x = torch.relu(torch.to(before, $dtype))
      """;

  /** Pixels per strip, so that the activations of a strip stay in a CPU's caches. */
  private static final int CHUNK = 8192;

  private final LiifConfig config;
  private final int latentChannels;
  private final int margin;
  private final ModuleKernel field;
  private final ModuleKernel rgb;

  /** A renderer without values yet. */
  LiifRenderer(LiifConfig config, int latentChannels, Precision precision) {
    this.config = config;
    this.latentChannels = latentChannels;
    margin = config.featureUnfolding() ? 1 : 0;
    int side = 2 * margin + 1;
    int places = config.cellDecoding() ? 4 : 2;
    long in = (long) latentChannels * side * side + places;
    StringBuilder layers = new StringBuilder();
    int last = config.hidden().size();
    for (int i = 0; i <= last; i++) {
      String name = "imnet.layers." + 2 * i;
      long out = i < last ? config.hidden().get(i) : 3;
      layer(name, new Shape(out, in));
      in = out;
      if (i > 0) {
        String product = "torch.linear(x, $" + name + ")";
        layers.append("  x = ");
        layers.append(i < last ? "torch.relu(" + product + ")" : product).append('\n');
      }
    }
    layers.append("  return torch.to(x, $float32)\n");
    field = kernel("LiifField", FIELD, Map.of("side", side, "margin", margin));
    rgb =
        kernel(
            "LiifRgb",
            RGB + layers,
            Map.of(
                "places", places,
                "decode", config.cellDecoding(),
                "chunk", CHUNK,
                "dtype", precision));
  }

  @Override
  public NDArray render(LatentSource latent, PixelGrid target, Region region) {
    checkLatent(latent, latentChannels);
    target.checkHolds(region);
    int rows = (int) latent.shape().get(2);
    int columns = (int) latent.shape().get(3);
    return query(
        latent,
        QueryAxis.ofPixels(target.rows(), region.top(), region.height(), rows),
        QueryAxis.ofPixels(target.columns(), region.left(), region.width(), columns));
  }

  /** RGB at every pair of a row and a column, (B, 3, rows, columns), on the latent's manager. */
  NDArray query(LatentSource latent, QueryAxis rows, QueryAxis columns) {
    NDManager scope = latent.manager().newSubManager();
    int[][] rowCells = cells(rows);
    int[][] columnCells = cells(columns);
    LatentPart part =
        LatentPart.around(
            latent, Arrays.stream(rowCells), Arrays.stream(columnCells), margin, scope);
    NDArray image =
        rgb.call(
            owned(field.call(part.values()), scope), // (B, h, w, D)
            indices(scope, rowCells, part.top()),
            indices(scope, columnCells, part.left()),
            offsets(scope, rows, rowCells),
            offsets(scope, columns, columnCells),
            QueryAxis.relativeCell(scope, rows, columns));
    image.attach(latent.manager());
    scope.close();
    return image;
  }

  /** The cells of each query: one, or one per shift. */
  private int[][] cells(QueryAxis axis) {
    return config.localEnsemble()
        ? new int[][] {axis.nearestAfterShift(-1), axis.nearestAfterShift(1)}
        : new int[][] {axis.nearest()};
  }

  /** Cells counted from {@code first}, (shifts, count). */
  private static NDArray indices(NDManager scope, int[][] cells, int first) {
    int[] joined = Arrays.stream(cells).flatMapToInt(IntStream::of).toArray();
    return owned(QueryAxis.indices(scope, joined, first).reshape(cells.length, -1), scope);
  }

  /** Offsets from the cells' centres, (shifts, count). */
  private static NDArray offsets(NDManager scope, QueryAxis axis, int[][] cells) {
    float[] joined = new float[cells.length * axis.count()];
    for (int i = 0; i < cells.length; i++) {
      System.arraycopy(axis.offsets(cells[i]), 0, joined, i * axis.count(), axis.count());
    }
    return Constant.of(scope, joined, new Shape(cells.length, axis.count()));
  }
}
