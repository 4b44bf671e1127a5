package io.rapd.eval.reconstruction;

import static io.rapd.core.text.Messages.message;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Means over the images, a row per scale and method.
 *
 * @param rows ordered by scale, then as the methods were given
 */
public record ReconstructionTable(List<Row> rows) {
  /**
   * One mean.
   *
   * @param images how many
   * @param psnr dB, over the images with a finite one
   * @param lpips empty without LPIPS weights
   */
  public record Row(
      double scale,
      String method,
      int images,
      OptionalDouble psnr,
      double ssim,
      OptionalDouble lpips) {}

  static ReconstructionTable of(List<Measurement> all, List<Double> scales, List<String> methods) {
    List<Row> rows = new ArrayList<>();
    for (double scale : scales) {
      for (String method : methods) {
        List<Measurement> group =
            all.stream().filter(m -> m.scale() == scale && m.method().equals(method)).toList();
        if (!group.isEmpty()) {
          rows.add(
              new Row(
                  scale,
                  method,
                  group.size(),
                  mean(group, Measurement::psnr),
                  mean(group, Measurement::ssim).orElseThrow(),
                  mean(group, Measurement::lpips)));
        }
      }
    }
    return new ReconstructionTable(rows);
  }

  private static OptionalDouble mean(
      List<Measurement> group, Function<Measurement, @Nullable Double> value) {
    return group.stream().map(value).filter(Objects::nonNull).mapToDouble(v -> v).average();
  }

  /** As comma-separated values with a header. */
  public String csv() {
    StringBuilder text = new StringBuilder("scale,method,images,psnr,ssim,lpips\n");
    for (Row row : rows) {
      text.append(
          message(
              "%s,\"%s\",%d,%s,%.5f,%s\n",
              row.scale(),
              row.method().replace("\"", "\"\""),
              row.images(),
              text("%.3f", row.psnr(), ""),
              row.ssim(),
              text("%.5f", row.lpips(), "")));
    }
    return text.toString();
  }

  /** As a Markdown table. */
  public String markdown() {
    StringBuilder text = new StringBuilder();
    text.append("| scale | method | images | PSNR, dB | SSIM | LPIPS |\n");
    text.append("|---:|---|---:|---:|---:|---:|\n");
    for (Row row : rows) {
      text.append(
          message(
              "| %sx | %s | %d | %s | %.4f | %s |\n",
              scaleText(row.scale()),
              row.method().replace("|", "\\|"),
              row.images(),
              text("%.2f", row.psnr(), "-"),
              row.ssim(),
              text("%.4f", row.lpips(), "-")));
    }
    return text.toString();
  }

  static String scaleText(double scale) {
    return scale == Math.rint(scale) ? message("%.0f", scale) : message("%s", scale);
  }

  static String text(String format, OptionalDouble value, String otherwise) {
    return value.isPresent()
        ? String.format(java.util.Locale.ROOT, format, value.getAsDouble())
        : otherwise;
  }
}
