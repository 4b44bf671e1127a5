package io.rapd.nif.render;

import static io.rapd.core.config.Check.check;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.grid.PixelGrid;
import io.rapd.core.grid.Region;
import io.rapd.core.nn.ModuleKernel;
import io.rapd.core.torch.Constant;
import io.rapd.core.torch.GradMode;
import io.rapd.core.torch.Precision;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * CLIF, the renderer of Image Neural Field Diffusion (Chen et al., 2024): the nearest feature, the
 * relative coordinate and the relative cell of each output pixel form an image that a 3x3
 * convolution, two residual blocks and a last 3x3 convolution map to RGB, zero-padded at the edges
 * of the image. Parameters are named as in {@code SimpleRendererNet}.
 *
 * <p>Six convolutions in a row: a pixel depends on the six rows and columns around it, and a region
 * is computed with that margin. With normalisation it also depends on statistics of the whole image
 * at five places. {@link #forImage} collects them once, in five passes over tiles.
 */
final class ClifRenderer extends Renderer {
  private static final String FIRST =
      """
      def forward(z, row_cell, column_cell, row_offset, column_offset, cell):
        near = torch.index_select(torch.index_select(z, 2, row_cell), 3, column_cell)
        one = torch.slice(near, 1, 0, 1) * 0
        down = torch.unsqueeze(row_offset, 1) + one
        places = [near, down, column_offset + one]
        places = torch.append(places, torch.select(cell, 0, 0) + one)
        places = torch.append(places, torch.select(cell, 0, 1) + one)
        map = torch.to(torch.cat(places, 1), $dtype)
        return torch.to(torch.conv2d(map, $net.model.0, [1, 1], [1, 1]), $float32)
      """;

  /** Norm and convolution of each step after the first convolution. */
  private static final List<List<String>> STEPS =
      List.of(
          List.of("net.model.1.norm1", "net.model.1.conv1"),
          List.of("net.model.1.norm2", "net.model.1.conv2"),
          List.of("net.model.2.norm1", "net.model.2.conv1"),
          List.of("net.model.2.norm2", "net.model.2.conv2"),
          List.of("net.norm_out", "net.conv_out"));

  private static final int MARGIN = STEPS.size() + 1;

  private final ClifConfig config;
  private final int latentChannels;
  private final Precision precision;
  private final ModuleKernel first;
  private final List<ClifStep> steps = new ArrayList<>();
  private final @Nullable ImageStatistics image;

  /** The statistics of one image at each step. */
  private record ImageStatistics(PixelGrid target, List<GroupStatistics> steps) {}

  /** A renderer without values yet. */
  ClifRenderer(ClifConfig config, int latentChannels, Precision precision) {
    this(config, latentChannels, precision, null);
  }

  private ClifRenderer(
      ClifConfig config, int latentChannels, Precision precision, @Nullable ImageStatistics image) {
    this.config = config;
    this.latentChannels = latentChannels;
    this.precision = precision;
    this.image = image;
    long width = config.width();
    layer("net.model.0", new Shape(width, latentChannels + 4, 3, 3));
    first = kernel("ClifFirst", FIRST, Map.of("dtype", precision));
    for (List<String> names : STEPS) {
      if (config.normalize()) {
        norm(names.get(0), width);
      }
      boolean last = names.equals(STEPS.get(STEPS.size() - 1));
      layer(names.get(1), new Shape(last ? 3 : width, width, 3, 3));
      steps.add(step(names.get(0), "$" + names.get(1)));
    }
  }

  private ClifStep step(String norm, String conv) {
    Map<String, Object> constants = new HashMap<>(Map.of("conv", conv, "dtype", precision));
    if (!config.normalize()) {
      ModuleKernel plain = kernel("ClifStep", ClifStep.PLAIN, constants);
      return new ClifStep(plain, plain);
    }
    constants.put("groups", ClifConfig.GROUPS);
    constants.put("norm", "$stored." + norm);
    ModuleKernel own = kernel("ClifNormalizedStep", ClifStep.OWN, constants);
    constants.remove("norm");
    constants.put("scale", "$stored." + norm + ".weight");
    constants.put("shift", "$stored." + norm + ".bias");
    return new ClifStep(own, kernel("ClifTileStep", ClifStep.GIVEN, constants));
  }

  @Override
  public NDArray render(LatentSource latent, PixelGrid target, Region region) {
    checkLatent(latent, latentChannels);
    target.checkHolds(region);
    if (config.normalize() && image == null && !region.equals(target.whole())) {
      return forImage(latent, target).render(latent, target, region);
    }
    check(
        image == null || image.target().equals(target),
        "this renderer holds the statistics of an image of %s, got %s",
        image == null ? target : image.target(),
        target);
    return upTo(steps.size(), latent, target, region, image == null ? List.of() : image.steps());
  }

  /**
   * A renderer for tiles of one image: the same parameters, with the statistics of the whole image
   * where the network normalises. Memory does not grow with the image.
   */
  @Override
  public Renderer forImage(LatentSource latent, PixelGrid target) {
    checkLatent(latent, latentChannels);
    if (!config.normalize() || image != null) {
      return this;
    }
    List<GroupStatistics> statistics = new ArrayList<>();
    try (GradMode off = GradMode.disabled()) {
      for (int i = 0; i < steps.size(); i++) {
        GroupStatistics here = new GroupStatistics((int) latent.shape().get(0), ClifConfig.GROUPS);
        for (Region tile : GroupStatistics.tiles(target)) {
          try (NDManager scope = latent.manager().newSubManager()) {
            here.add(upTo(i, latent.on(scope), target, tile, statistics));
          }
        }
        statistics.add(here);
      }
    }
    ClifRenderer renderer =
        new ClifRenderer(
            config, latentChannels, precision, new ImageStatistics(target, statistics));
    renderer.bind(values());
    return renderer;
  }

  /**
   * The input of step {@code count}, or RGB after all steps, (B, channels, region height, region
   * width).
   *
   * @param statistics of the first steps; without any, those of the region, which is then the whole
   *     image
   */
  private NDArray upTo(
      int count,
      LatentSource latent,
      PixelGrid target,
      Region region,
      List<GroupStatistics> statistics) {
    NDManager home = latent.manager();
    NDManager scope = home.newSubManager();
    Region extent = around(region, target);
    NDArray x = map(latent, target, extent, scope); // (B, D, h, w)
    NDArray skip = x;
    for (int i = 0; i < count; i++) {
      NDArray before = x;
      x =
          owned(
              statistics.isEmpty()
                  ? steps.get(i).forward(x)
                  : steps.get(i).forward(x, statistics.get(i).array(scope)),
              scope);
      if (before != skip) {
        before.close(); // a graph keeps what it needs by itself
      }
      if (i == 1 || i == 3) { // the end of a residual block
        NDArray sum = owned(x.add(skip), scope);
        x.close();
        skip.close();
        x = sum;
        skip = sum;
      }
    }
    NDArray result = extent.equals(region) ? x : crop(x, region.within(extent));
    result.attach(home);
    scope.close();
    return result;
  }

  private static NDArray crop(NDArray x, Region part) {
    NDIndex pixels =
        new NDIndex()
            .addAllDim()
            .addAllDim()
            .addSliceDim(part.top(), part.bottom())
            .addSliceDim(part.left(), part.right());
    try (NDArray view = x.get(pixels)) {
      return view.duplicate();
    }
  }

  /** The first convolution over the queried map, (B, D, region height, region width). */
  private NDArray map(LatentSource latent, PixelGrid target, Region region, NDManager scope) {
    QueryAxis rows =
        QueryAxis.ofPixels(
            target.rows(), region.top(), region.height(), (int) latent.shape().get(2));
    QueryAxis columns =
        QueryAxis.ofPixels(
            target.columns(), region.left(), region.width(), (int) latent.shape().get(3));
    int[] nearestRows = rows.nearest();
    int[] nearestColumns = columns.nearest();
    LatentPart part =
        LatentPart.around(latent, Stream.of(nearestRows), Stream.of(nearestColumns), 0, scope);
    return owned(
        first.call(
            part.values(),
            QueryAxis.indices(scope, nearestRows, part.top()),
            QueryAxis.indices(scope, nearestColumns, part.left()),
            Constant.of(scope, rows.offsets(nearestRows), new Shape(nearestRows.length)),
            Constant.of(scope, columns.offsets(nearestColumns), new Shape(nearestColumns.length)),
            QueryAxis.relativeCell(scope, rows, columns)),
        scope);
  }

  /** The region with the margin on which its pixels depend, cut at the edges of the image. */
  private static Region around(Region region, PixelGrid target) {
    long top = Math.max(0, region.top() - MARGIN);
    long left = Math.max(0, region.left() - MARGIN);
    long bottom = Math.min(target.height(), region.bottom() + MARGIN);
    long right = Math.min(target.width(), region.right() + MARGIN);
    return new Region(top, left, (int) (bottom - top), (int) (right - left));
  }
}
