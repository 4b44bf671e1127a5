package io.rapd.eval.reconstruction;

import static io.rapd.core.text.Messages.message;

import io.rapd.eval.reconstruction.ReconstructionTable.Row;
import io.rapd.eval.report.HtmlPage;
import java.util.List;

/** PSNR over scale, a line per method, as inline SVG. */
final class PsnrPlot {
  private static final int WIDTH = 640;
  private static final int HEIGHT = 320;
  private static final int LEFT = 50;
  private static final int RIGHT = 160;
  private static final int MARGIN = 30;
  private static final List<String> COLOURS =
      List.of("#888888", "#444444", "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00");

  private PsnrPlot() {}

  /** The plot; empty where there are fewer than two scales or no finite values. */
  static String svg(ReconstructionTable table) {
    List<Row> rows = table.rows().stream().filter(row -> row.psnr().isPresent()).toList();
    double[] scales = rows.stream().mapToDouble(Row::scale).distinct().sorted().toArray();
    if (scales.length < 2) {
      return "";
    }
    double low = Math.floor(rows.stream().mapToDouble(r -> r.psnr().orElseThrow()).min().orElse(0));
    double high = Math.ceil(rows.stream().mapToDouble(r -> r.psnr().orElseThrow()).max().orElse(1));
    double perScale = (WIDTH - LEFT - RIGHT) / (scales[scales.length - 1] - scales[0]);
    double perDb = (HEIGHT - 2.0 * MARGIN) / Math.max(1, high - low);
    StringBuilder svg =
        new StringBuilder(
            message(
                "<h2>PSNR over scale, dB</h2><svg width=\"%d\" height=\"%d\" font-size=\"12\">\n",
                WIDTH, HEIGHT));
    int step = (int) Math.max(1, Math.ceil((high - low) / 8));
    for (int db = (int) low; db <= high; db += step) {
      double y = HEIGHT - MARGIN - (db - low) * perDb;
      svg.append(
          message(
              "<path d=\"M%d %.1fH%d\" stroke=\"#ddd\"/><text x=\"%d\" y=\"%.1f\""
                  + " text-anchor=\"end\">%d</text>\n",
              LEFT, y, WIDTH - RIGHT, LEFT - 8, y + 4, db));
    }
    for (double scale : scales) {
      svg.append(
          message(
              "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%sx</text>\n",
              LEFT + (scale - scales[0]) * perScale,
              HEIGHT - 10,
              ReconstructionTable.scaleText(scale)));
    }
    List<String> methods = rows.stream().map(Row::method).distinct().toList();
    for (int m = 0; m < methods.size(); m++) {
      String colour = COLOURS.get(m % COLOURS.size());
      StringBuilder path = new StringBuilder();
      for (Row row : rows) {
        if (row.method().equals(methods.get(m))) {
          path.append(
              message(
                  "%s%.1f %.1f",
                  path.isEmpty() ? "M" : "L",
                  LEFT + (row.scale() - scales[0]) * perScale,
                  HEIGHT - MARGIN - (row.psnr().orElseThrow() - low) * perDb));
        }
      }
      int key = MARGIN + 20 * m;
      svg.append(
          message(
              "<path d=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>"
                  + "<path d=\"M%d %dh22\" stroke=\"%s\" stroke-width=\"2\"/>"
                  + "<text x=\"%d\" y=\"%d\">%s</text>\n",
              path,
              colour,
              WIDTH - RIGHT + 14,
              key,
              colour,
              WIDTH - RIGHT + 42,
              key + 4,
              HtmlPage.escape(methods.get(m))));
    }
    return svg.append("</svg>").toString();
  }
}
