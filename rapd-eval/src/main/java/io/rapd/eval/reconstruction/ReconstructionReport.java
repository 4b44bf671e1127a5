package io.rapd.eval.reconstruction;

import static io.rapd.core.text.Messages.message;

import io.rapd.core.checkpoint.AtomicFile;
import io.rapd.core.image.ContactSheet;
import io.rapd.core.image.RgbImage;
import io.rapd.core.image.RgbImageWriter;
import io.rapd.eval.report.HtmlPage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Writes {@code table.csv}, {@code table.md}, {@code sheet.png} (input, methods, original), {@code
 * errors.png} (the methods' absolute errors) and {@code report.html}, which holds all of them.
 */
public final class ReconstructionReport {
  private static final int SHOWN = 6;
  private static final int CELL = 240;

  /** Absolute errors are shown this many times as large. */
  private static final int GAIN = 4;

  private final ReconstructionEvaluation evaluation;
  private final ReconstructionTable table;
  private final Map<String, String> settings;

  /**
   * A report of an evaluation that was run.
   *
   * @param settings shown above the table
   */
  public ReconstructionReport(
      ReconstructionEvaluation evaluation,
      ReconstructionTable table,
      Map<String, String> settings) {
    this.evaluation = evaluation;
    this.table = table;
    this.settings = settings;
  }

  /**
   * Writes the files.
   *
   * @return report.html
   */
  public Path write(Path folder) {
    double scale = evaluation.scales().stream().max(Double::compare).orElseThrow();
    List<String> names = evaluation.methods().stream().map(Enlargement::name).toList();
    List<String> columns = new ArrayList<>(names);
    columns.add(0, "input");
    columns.add("original");
    ContactSheet sheet = new ContactSheet(CELL, columns);
    ContactSheet errors = new ContactSheet(CELL, names);
    for (int i = 0; i < Math.min(SHOWN, evaluation.count()); i++) {
      RgbImage input = evaluation.input(i, scale);
      RgbImage reference = evaluation.reference(i);
      List<RgbImage> shown = new ArrayList<>(List.of(input));
      List<RgbImage> maps = new ArrayList<>();
      for (Enlargement method : evaluation.methods()) {
        RgbImage enlarged = method.apply(input, evaluation.target(), evaluation.target());
        shown.add(enlarged);
        maps.add(error(enlarged, reference));
      }
      shown.add(reference);
      sheet.row("", shown);
      errors.row("", maps);
    }
    RgbImageWriter writer = new RgbImageWriter();
    writer.writePng(sheet.draw(), folder.resolve("sheet.png"));
    writer.writePng(errors.draw(), folder.resolve("errors.png"));
    AtomicFile.write(folder.resolve("table.csv"), table.csv());
    AtomicFile.write(folder.resolve("table.md"), table.markdown());
    Path report = folder.resolve("report.html");
    writePage(folder, scale, report);
    return report;
  }

  /** The absolute error of each channel, black where there is none. */
  private static RgbImage error(RgbImage image, RgbImage reference) {
    float[] a = image.planes();
    float[] b = reference.planes();
    float[] map = new float[a.length];
    for (int i = 0; i < map.length; i++) {
      float clamped = Math.max(-1, Math.min(1, a[i]));
      map[i] = Math.min(1, GAIN * Math.abs(clamped - b[i]) - 1);
    }
    return new RgbImage(image.height(), image.width(), map);
  }

  private void writePage(Path folder, double scale, Path file) {
    String shown = ReconstructionTable.scaleText(scale);
    new HtmlPage("Reconstruction")
        .facts(settings)
        .text(
            message(
                "Each image is reduced by the scale (antialiased bicubic) and enlarged to %d x %d"
                    + " pixels. Means over the images; PSNR and SSIM over RGB, no border is cut.",
                evaluation.target(), evaluation.target()))
        .raw(rows())
        .raw(PsnrPlot.svg(table))
        .section(message("Images at %sx", shown))
        .text("The first images of the set, not selected.")
        .image("input, methods, original", folder.resolve("sheet.png"))
        .section(message("Absolute errors at %sx", shown))
        .text(message("Per channel, %d times as large; black is no error.", GAIN))
        .image("error maps", folder.resolve("errors.png"))
        .write(file);
  }

  private String rows() {
    StringBuilder rows =
        new StringBuilder(
            "<table><tr><th>scale</th><th class=name>method</th><th>images</th><th>PSNR,"
                + " dB</th><th>SSIM</th><th>LPIPS</th></tr>\n");
    double previous = Double.NaN;
    for (ReconstructionTable.Row row : table.rows()) {
      rows.append(
          message(
              "<tr%s><td>%sx</td><td"
                  + " class=name>%s</td><td>%d</td><td>%s</td><td>%.4f</td><td>%s</td></tr>\n",
              row.scale() == previous ? "" : " class=first",
              ReconstructionTable.scaleText(row.scale()),
              HtmlPage.escape(row.method()),
              row.images(),
              ReconstructionTable.text("%.2f", row.psnr(), "-"),
              row.ssim(),
              ReconstructionTable.text("%.4f", row.lpips(), "-")));
      previous = row.scale();
    }
    return rows.append("</table>").toString();
  }
}
