package io.rapd.eval.report;

import io.rapd.core.checkpoint.AtomicFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;

/** One HTML file without links: images are embedded, plots are inline SVG. */
public final class HtmlPage {
  private static final String STYLE =
      """
      body { font: 15px/1.5 system-ui, sans-serif; max-width: 75rem; margin: 2rem auto; padding: 0 1rem; color: #222 }
      table { border-collapse: collapse } td, th { padding: .2rem .9rem; text-align: right }
      th { border-bottom: 2px solid #444 } tr.first td { border-top: 1px solid #bbb }
      .name { text-align: left } dt { float: left; clear: left; width: 11rem; color: #666 } dd { margin-left: 11.5rem; overflow-wrap: anywhere }
      img { max-width: 100%; margin: .5rem 0 } h2 { margin-top: 2.2rem } .warning { background: #fff3cd; padding: .5rem .9rem }
      """;

  private final String title;
  private final StringBuilder body = new StringBuilder();

  /** A page that holds its title. */
  public HtmlPage(String title) {
    this.title = title;
    body.append("<h1>").append(escape(title)).append("</h1>\n");
  }

  /** Names and values, a line each; those without a value are left out. */
  public HtmlPage facts(Map<String, String> facts) {
    body.append("<dl>");
    facts.forEach(
        (name, value) -> {
          if (!value.isBlank()) {
            body.append("<dt>").append(escape(name)).append("</dt><dd>");
            body.append(escape(value)).append("</dd>\n");
          }
        });
    body.append("</dl>\n");
    return this;
  }

  /** A heading of a section. */
  public HtmlPage section(String heading) {
    body.append("<h2>").append(escape(heading)).append("</h2>\n");
    return this;
  }

  /** A paragraph. */
  public HtmlPage text(String paragraph) {
    body.append("<p>").append(escape(paragraph)).append("</p>\n");
    return this;
  }

  /** A paragraph that is not to be overlooked. */
  public HtmlPage warning(String paragraph) {
    body.append("<p class=warning>").append(escape(paragraph)).append("</p>\n");
    return this;
  }

  /** A table. */
  public HtmlPage table(ResultTable table) {
    body.append(table.html());
    return this;
  }

  /** HTML or SVG as it is. */
  public HtmlPage raw(String html) {
    body.append(html).append("\n");
    return this;
  }

  /** A PNG file, embedded. */
  public HtmlPage image(String description, Path png) {
    try {
      String data = Base64.getEncoder().encodeToString(Files.readAllBytes(png));
      body.append("<img alt=\"").append(escape(description));
      body.append("\" src=\"data:image/png;base64,").append(data).append("\">\n");
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(png + ": cannot be read: " + e.getMessage(), e);
    }
  }

  /** Writes the page, completely or not at all. */
  public void write(Path file) {
    AtomicFile.write(
        file,
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>"
            + escape(title)
            + "</title><style>\n"
            + STYLE
            + "</style></head><body>\n"
            + body
            + "</body></html>\n");
  }

  /** Text as HTML shows it. */
  public static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
