package io.rapd.eval.bench;

import static io.rapd.core.config.Check.check;
import static io.rapd.core.text.Messages.message;

import ai.djl.ndarray.NDManager;
import io.rapd.core.torch.Precision;
import io.rapd.dit.DenoiserConfig;
import io.rapd.eval.report.ResultTable;
import io.rapd.nif.NifConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;

/**
 * The time of an image over its size: the field's latent has one size, so that denoising costs the
 * same for all images and rendering grows with their pixels; a denoiser of pixels has a token per
 * patch of {@value #PATCH} x {@value #PATCH} of them, and attention between all of them. Both have
 * the same width and depth, and the same number of tokens at the smallest size: patch times grid.
 *
 * @param sizes pixels per side, ascending, multiples of the patch
 * @param evaluations of the denoiser per image
 */
public record ResolutionBench(
    NifConfig nif, DenoiserConfig denoiser, List<Integer> sizes, int evaluations) {
  private static final int PATCH = 16;
  private static final int DOUBLINGS = 4;

  public ResolutionBench {
    check(sizes.size() >= 2, "at least 2 sizes are needed for a growth, got %s", sizes);
    for (int i = 0; i < sizes.size(); i++) {
      check(
          sizes.get(i) >= PATCH && sizes.get(i) % PATCH == 0,
          "sizes must be multiples of %d, got %d",
          PATCH,
          sizes.get(i));
      check(i == 0 || sizes.get(i) > sizes.get(i - 1), "sizes must be ascending, got %s", sizes);
    }
    sizes = List.copyOf(sizes);
  }

  /**
   * One size.
   *
   * @param evaluation seconds of one evaluation of the field's denoiser
   * @param rendering seconds
   * @param pixelTokens of the denoiser of pixels
   * @param pixelEvaluation seconds of one evaluation of that denoiser
   */
  public record Row(
      int size, double evaluation, double rendering, int pixelTokens, double pixelEvaluation) {}

  /** Four sizes, doubled from the one at which both denoisers have the same tokens. */
  public static List<Integer> sizesOf(DenoiserConfig denoiser) {
    List<Integer> sizes = new ArrayList<>();
    for (int i = 0; i < DOUBLINGS; i++) {
      sizes.add(PATCH * denoiser.gridSize() * (1 << i));
    }
    return sizes;
  }

  /** Measures all sizes in turn. */
  public List<Row> run(int runs, Precision precision, NDManager memory, IntConsumer listener) {
    ModelTasks field = new ModelTasks(nif, denoiser, precision, memory);
    List<BenchTask> tasks = new ArrayList<>(List.of(field.denoiserStep()));
    for (int size : sizes) {
      tasks.add(field.renderer(size));
      tasks.add(new ModelTasks(nif, pixels(size), precision, memory).denoiserStep());
    }
    List<BenchResult> results = BenchRun.measure(tasks, runs, memory, listener);
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < sizes.size(); i++) {
      rows.add(
          new Row(
              sizes.get(i),
              results.get(0).median(),
              results.get(1 + 2 * i).median(),
              pixels(sizes.get(i)).imageTokens(),
              results.get(2 + 2 * i).median()));
    }
    return rows;
  }

  private DenoiserConfig pixels(int size) {
    return new DenoiserConfig(
        3,
        size,
        PATCH,
        denoiser.width(),
        denoiser.depth(),
        denoiser.heads(),
        denoiser.bottleneck(),
        denoiser.mlpRatio(),
        denoiser.textBlocks(),
        denoiser.textWidth(),
        denoiser.textTokens());
  }

  /** A row per size, then the exponents of growth with the side of the image. */
  public ResultTable table(List<Row> rows) {
    ResultTable table =
        new ResultTable(
            1,
            List.of(
                "size",
                "RaPD tokens",
                "denoising s",
                "rendering s",
                "RaPD s",
                "pixel tokens",
                "pixel space s",
                "pixel space / RaPD"));
    for (Row row : rows) {
      table.row(
          List.of(
              message("%d x %d", row.size(), row.size()),
              String.valueOf(denoiser.imageTokens()),
              message("%.3f", evaluations * row.evaluation()),
              message("%.3f", row.rendering()),
              message("%.3f", field(row)),
              String.valueOf(row.pixelTokens()),
              message("%.3f", pixelSpace(row)),
              message("%.2f", pixelSpace(row) / field(row))));
    }
    List<Double> rendering = rows.stream().map(Row::rendering).toList();
    table.row(
        List.of(
            "exponent",
            "0",
            "0",
            message("%.2f", exponent(rendering)),
            message("%.2f", exponent(rows.stream().map(this::field).toList())),
            "2",
            message("%.2f", exponent(rows.stream().map(this::pixelSpace).toList())),
            "-"));
    return table;
  }

  private double field(Row row) {
    return evaluations * row.evaluation() + row.rendering();
  }

  private double pixelSpace(Row row) {
    return evaluations * row.pixelEvaluation();
  }

  /** The slope of log seconds over log size, by least squares. */
  double exponent(List<Double> seconds) {
    double x = 0;
    double y = 0;
    double xx = 0;
    double xy = 0;
    int count = sizes.size();
    for (int i = 0; i < count; i++) {
      double logSize = Math.log(sizes.get(i));
      double logSeconds = Math.log(seconds.get(i));
      x += logSize / count;
      y += logSeconds / count;
      xx += logSize * logSize / count;
      xy += logSize * logSeconds / count;
    }
    return (xy - x * y) / (xx - x * x);
  }
}
