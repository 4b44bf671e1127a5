package io.rapd.eval.report;

import static io.rapd.core.config.Check.check;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/** A table of texts, for Markdown, CSV and HTML. Numbers are formatted by the caller. */
public final class ResultTable {
  private final List<String> header;
  private final int names;
  private final List<List<String>> rows = new ArrayList<>();

  /**
   * A table without rows.
   *
   * @param names how many of the first columns hold words, which are set to the left
   * @param header titles of the columns
   */
  public ResultTable(int names, List<String> header) {
    this.names = names;
    this.header = List.copyOf(header);
  }

  /**
   * Adds a row.
   *
   * @throws IllegalArgumentException for another number of cells than columns
   */
  public ResultTable row(List<String> cells) {
    check(
        cells.size() == header.size(),
        "a row must have %d cells, got %d",
        header.size(),
        cells.size());
    rows.add(List.copyOf(cells));
    return this;
  }

  /** The rows, each with a cell per column. */
  public List<List<String>> rows() {
    return Collections.unmodifiableList(rows);
  }

  /** As a Markdown table. */
  public String markdown() {
    StringBuilder text = new StringBuilder(line(header, cell -> cell.replace("|", "\\|"), " | "));
    text.append("|");
    for (int c = 0; c < header.size(); c++) {
      text.append(c < names ? "---|" : "---:|");
    }
    text.append("\n");
    rows.forEach(row -> text.append(line(row, cell -> cell.replace("|", "\\|"), " | ")));
    return text.toString();
  }

  private static String line(List<String> cells, UnaryOperator<String> escape, String between) {
    return cells.stream().map(escape).collect(Collectors.joining(between, "| ", " |\n"));
  }

  /** As comma-separated values with a header; cells with commas, quotes or line ends are quoted. */
  public String csv() {
    List<List<String>> all = new ArrayList<>(rows);
    all.add(0, header);
    return all.stream()
        .map(row -> row.stream().map(ResultTable::quoted).collect(Collectors.joining(",")))
        .collect(Collectors.joining("\n", "", "\n"));
  }

  private static String quoted(String cell) {
    return cell.matches("[^,\"\r\n]*") ? cell : "\"" + cell.replace("\"", "\"\"") + "\"";
  }

  String html() {
    StringBuilder text = new StringBuilder("<table>");
    htmlRow(text, header, "th");
    rows.forEach(row -> htmlRow(text, row, "td"));
    return text.append("</table>\n").toString();
  }

  private void htmlRow(StringBuilder text, List<String> cells, String tag) {
    text.append("<tr>");
    for (int c = 0; c < cells.size(); c++) {
      text.append("<").append(tag).append(c < names ? " class=name>" : ">");
      text.append(HtmlPage.escape(cells.get(c))).append("</").append(tag).append(">");
    }
    text.append("</tr>\n");
  }
}
