package io.rapd.eval.probe;

import static io.rapd.core.text.Messages.message;

import io.rapd.core.checkpoint.AtomicFile;
import io.rapd.eval.report.HtmlPage;
import io.rapd.eval.report.ResultTable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.nd4j.evaluation.classification.Evaluation;

/**
 * Writes {@code table.csv}, {@code table.md}, {@code classes.csv} (a row per features and class)
 * and {@code report.html} with confusion matrices.
 *
 * @param facts shown above the tables
 */
public record ProbeReport(
    ProbeEvaluation evaluation, List<ProbeResult> results, Map<String, String> facts) {

  /** A row per kind of features. */
  public ResultTable table() {
    ResultTable table =
        new ResultTable(
            1, List.of("features", "width", "accuracy", "macro F1", "accuracy of a ridge fit"));
    for (ProbeResult result : results) {
      table.row(
          List.of(
              result.features(),
              String.valueOf(result.width()),
              percent(result.evaluation().accuracy()),
              percent(result.evaluation().f1()),
              percent(result.ridgeAccuracy())));
    }
    double frequent = evaluation.set().shareOfMostFrequent();
    table.row(List.of("none: the most frequent class", "0", percent(frequent), "-", "-"));
    return table;
  }

  private static String percent(double share) {
    return message("%.1f %%", 100 * share);
  }

  /**
   * Writes the files.
   *
   * @return report.html
   */
  public Path write(Path folder) {
    AtomicFile.write(folder.resolve("table.csv"), table().csv());
    AtomicFile.write(folder.resolve("table.md"), table().markdown());
    AtomicFile.write(folder.resolve("classes.csv"), classes(results).csv());
    LabelledSet set = evaluation.set();
    HtmlPage page =
        new HtmlPage("Linear probe")
            .facts(facts)
            .text(
                message(
                    "A linear classifier on pooled features, fitted on %d images of the training"
                        + " split and measured on the %d others, of %d classes.",
                    set.training().size(), set.heldOut().size(), set.classes().size()))
            .table(table());
    for (ProbeResult result : results) {
      page.section(result.features())
          .table(classes(List.of(result)))
          .text("Held-out images by class (rows) and prediction (columns):")
          .table(confusion(result));
    }
    Path report = folder.resolve("report.html");
    page.write(report);
    return report;
  }

  private ResultTable classes(List<ProbeResult> shown) {
    ResultTable table =
        new ResultTable(
            2, List.of("features", "class", "held-out images", "precision", "recall", "F1"));
    for (ProbeResult result : shown) {
      Evaluation found = result.evaluation();
      for (int c = 0; c < evaluation.set().classes().size(); c++) {
        table.row(
            List.of(
                result.features(),
                evaluation.set().classes().get(c),
                String.valueOf(found.getConfusion().getActualTotal(c)),
                percent(found.precision(c)),
                percent(found.recall(c)),
                percent(found.f1(c))));
      }
    }
    return table;
  }

  private ResultTable confusion(ProbeResult result) {
    List<String> classes = evaluation.set().classes();
    List<String> header = new ArrayList<>(classes);
    header.add(0, "");
    ResultTable table = new ResultTable(1, header);
    for (int actual = 0; actual < classes.size(); actual++) {
      List<String> row = new ArrayList<>(List.of(classes.get(actual)));
      for (int predicted = 0; predicted < classes.size(); predicted++) {
        row.add(String.valueOf(result.evaluation().getConfusion().getCount(actual, predicted)));
      }
      table.row(row);
    }
    return table;
  }
}
