package io.rapd.view;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;

/** The files of the page, read once from the jar. Nothing else is ever served from a path. */
final class PageFiles {
  private static final String SCRIPT = "text/javascript; charset=utf-8";
  private static final Map<String, String> TYPES =
      Map.ofEntries(
          Map.entry("index.html", "text/html; charset=utf-8"),
          Map.entry("viewer.css", "text/css; charset=utf-8"),
          Map.entry("icon.svg", "image/svg+xml"),
          Map.entry("main.js", SCRIPT),
          Map.entry("api.js", SCRIPT),
          Map.entry("stage.js", SCRIPT),
          Map.entry("divider.js", SCRIPT),
          Map.entry("zoom.js", SCRIPT),
          Map.entry("history.js", SCRIPT),
          Map.entry("making.js", SCRIPT),
          Map.entry("download.js", SCRIPT),
          Map.entry("vendor/openseadragon-6.1.1.min.js", SCRIPT),
          Map.entry("vendor/inter-latin-wght-normal.woff2", "font/woff2"));

  private final Map<String, Answer> files = new HashMap<>();

  PageFiles() {
    TYPES.forEach((name, type) -> files.put("/" + name, Answer.page(type, read(name))));
    files.put("/", java.util.Objects.requireNonNull(files.get("/index.html")));
  }

  private static byte[] read(String name) {
    try (InputStream stream = PageFiles.class.getResourceAsStream("page/" + name)) {
      if (stream == null) {
        throw new IllegalStateException("page/" + name + " is missing from the jar");
      }
      return stream.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * A file of the page.
   *
   * @throws Refusal with 404 for any other path
   */
  Answer get(String path) {
    Answer file = files.get(path);
    if (file == null) {
      throw new Refusal(404, "there is nothing here");
    }
    return file;
  }
}
