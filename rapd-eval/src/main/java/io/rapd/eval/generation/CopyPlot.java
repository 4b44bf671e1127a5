package io.rapd.eval.generation;

import static io.rapd.core.text.Messages.message;

import io.rapd.eval.report.HtmlPage;
import java.util.List;

/**
 * A dot per generated image as inline SVG: upwards its distance from the nearest training image, to
 * the right that of its original. Copies lie near the lower edge.
 */
final class CopyPlot {
  private static final int SIDE = 300;
  private static final int MARGIN = 46;
  private static final int TICKS = 4;

  private CopyPlot() {}

  static String svg(String title, List<GeneratedImage> images, List<Neighbours> neighbours) {
    double most =
        neighbours.stream().mapToDouble(n -> Math.max(n.distance(), n.original())).max().orElse(1);
    double scale = (SIDE - 2.0 * MARGIN) / Math.max(most, 1e-9);
    int bottom = SIDE - MARGIN;
    StringBuilder svg = new StringBuilder();
    svg.append(
        message(
            "<svg width=\"%d\" height=\"%d\" font-size=\"11\"><text x=\"%d\" y=\"16\">%s</text>\n",
            SIDE, SIDE, MARGIN, HtmlPage.escape(title)));
    svg.append(
        message(
            "<path d=\"M%d %dV%dH%d\" fill=\"none\" stroke=\"#444\"/>"
                + "<path d=\"M%d %dL%d %d\" stroke=\"#bbb\" stroke-dasharray=\"4 3\"/>\n",
            MARGIN, MARGIN, bottom, bottom, MARGIN, bottom, bottom, MARGIN));
    for (int tick = 0; tick <= TICKS; tick++) {
      double value = most * tick / TICKS;
      double at = value * scale;
      svg.append(
          message(
              "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%.2f</text>"
                  + "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%.2f</text>\n",
              MARGIN + at, bottom + 16, value, MARGIN - 6, bottom - at + 4, value));
    }
    for (int i = 0; i < neighbours.size(); i++) {
      Neighbours n = neighbours.get(i);
      svg.append(
          message(
              "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"2.5\" fill=\"#0072b2\" fill-opacity=\".6\">"
                  + "<title>%s</title></circle>\n",
              MARGIN + n.original() * scale,
              bottom - n.distance() * scale,
              HtmlPage.escape(images.get(i).caption())));
    }
    return svg.append(
            message(
                "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">of the original</text>"
                    + "<text transform=\"translate(11 %d) rotate(-90)\""
                    + " text-anchor=\"middle\">of the generated image</text></svg>",
                SIDE / 2, SIDE - 8, SIDE / 2))
        .toString();
  }
}
