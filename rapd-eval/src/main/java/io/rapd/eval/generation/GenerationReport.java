package io.rapd.eval.generation;

import static io.rapd.core.text.Messages.message;

import io.rapd.core.checkpoint.AtomicFile;
import io.rapd.core.image.ContactSheet;
import io.rapd.core.image.RgbImageWriter;
import io.rapd.eval.metric.FrechetComparison;
import io.rapd.eval.report.HtmlPage;
import io.rapd.eval.report.ResultTable;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Writes {@code table.csv}, {@code frechet.csv}, {@code table.md} (both), {@code images.csv} (a row
 * per image), {@code sheet.png} and {@code report.html}, which holds all but the images' rows.
 *
 * @param facts shown above the tables
 * @param frechet empty without an Inception file
 */
public record GenerationReport(
    GenerationEvaluation evaluation,
    List<GeneratedImage> images,
    List<FrechetComparison> frechet,
    Map<String, String> facts) {
  private static final int SHOWN = 16;
  private static final int CELL = 160;
  private static final String NO_INCEPTION =
      "Frechet distance: not measured, for want of an InceptionV3 file (--inception)";

  /** Both tables as Markdown, with warnings. */
  public String markdown() {
    String second =
        frechet.isEmpty()
            ? NO_INCEPTION + "\n"
            : FrechetComparison.table(frechet).markdown()
                + warnings().stream().map(w -> "\n" + w + "\n").collect(Collectors.joining());
    return NeighbourSummary.table(images, evaluation.candidates()).markdown() + "\n" + second;
  }

  /** What the numbers of images make uncertain. */
  public List<String> warnings() {
    return frechet.stream().flatMap(one -> one.warnings().stream()).distinct().toList();
  }

  /**
   * Writes the files.
   *
   * @param folder that holds the generated images
   * @return report.html
   */
  public Path write(Path folder) {
    ResultTable neighbours = NeighbourSummary.table(images, evaluation.candidates());
    AtomicFile.write(folder.resolve("table.csv"), neighbours.csv());
    AtomicFile.write(folder.resolve("table.md"), markdown());
    AtomicFile.write(folder.resolve("images.csv"), NeighbourSummary.images(images).csv());
    if (!frechet.isEmpty()) {
      AtomicFile.write(folder.resolve("frechet.csv"), FrechetComparison.table(frechet).csv());
    }
    Path sheet = folder.resolve("sheet.png");
    new RgbImageWriter().writePng(sheet(folder).draw(), sheet);
    HtmlPage page = new HtmlPage("Generation").facts(facts).facts(evaluation.settings().facts());
    page.section("Neighbours")
        .text(
            message(
                "Each image is generated from a caption of the set and compared with %d images of"
                    + " the set: over pixels at %d x %d, and over the field's latents, normalised"
                    + " and averaged over %d x %d cells. Distances are root mean squares, medians"
                    + " over the images.",
                evaluation.candidates(),
                GenerationEvaluation.COMPARED,
                GenerationEvaluation.COMPARED,
                evaluation.settings().grid(),
                evaluation.settings().grid()))
        .table(neighbours)
        .text(
            "\"Own\" is the nearest image with the caption that was asked for. \"Originals' own\" is"
                + " how far the caption's own image is from the nearest training image of another"
                + " caption: a generated image that is nearer to a training image than that may be"
                + " a copy, or simply a plain image; one at a distance near 0 is a copy.")
        .raw(CopyPlot.svg("pixels", images, images.stream().map(GeneratedImage::pixels).toList()))
        .raw(
            CopyPlot.svg(
                "pooled latents", images, images.stream().map(GeneratedImage::latents).toList()))
        .text("Distances from the nearest training image; a dot per image, named under the mouse.")
        .section("Frechet distance");
    if (frechet.isEmpty()) {
      page.text(NO_INCEPTION + ".");
    } else {
      page.table(FrechetComparison.table(frechet));
    }
    warnings().forEach(page::warning);
    page.section("Images")
        .text(
            message(
                "The first %d of %d, not selected.", Math.min(SHOWN, images.size()), images.size()))
        .image("generated, own and nearest training images", sheet);
    Path report = folder.resolve("report.html");
    page.write(report);
    return report;
  }

  private ContactSheet sheet(Path folder) {
    ContactSheet sheet =
        new ContactSheet(
            CELL, List.of("generated", "caption's own", "nearest, pixels", "nearest, latents"));
    for (GeneratedImage image : images.subList(0, Math.min(SHOWN, images.size()))) {
      sheet.row(
          image.caption(),
          List.of(
              evaluation.generated(folder, image.number()),
              evaluation.square(image.key(), CELL),
              evaluation.square(image.pixels().nearest(), CELL),
              evaluation.square(image.latents().nearest(), CELL)));
    }
    return sheet;
  }
}
