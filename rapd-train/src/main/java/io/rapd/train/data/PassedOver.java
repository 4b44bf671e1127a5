package io.rapd.train.data;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Counts what a data set holds and a run does not use, so that nothing is left out silently. */
final class PassedOver {
  /** Formats that a user may take for images of the set. */
  private static final List<String> UNREAD =
      List.of("bmp", "avif", "gif", "tif", "tiff", "heic", "heif", "jxl", "jp2", "ppm");

  private int shortKeys;
  private String shortKey = "";
  private final Map<String, Integer> counts = new TreeMap<>();
  private final Map<String, String> first = new TreeMap<>();
  private final Map<String, Integer> extensions = new TreeMap<>();

  void add(String kind, String name) {
    counts.merge(kind, 1, Integer::sum);
    first.putIfAbsent(kind, name);
  }

  /** Counts a key that ends at the first dot of several; older versions ended it at the last. */
  void addShortKey(String name) {
    if (shortKeys++ == 0) {
      shortKey = name;
    }
  }

  void addExtension(String extension, String name) {
    String last = extension.substring(extension.lastIndexOf('.') + 1);
    extensions.merge(last, 1, Integer::sum);
    if (UNREAD.contains(last)) {
      add("images of a format that is not read (" + last + ")", name);
    }
  }

  /** The extensions of other files, such as {@code .cls, .json}; empty for none. */
  String otherExtensions() {
    return String.join(", ", extensions.keySet().stream().map(e -> "." + e).toList());
  }

  /** One line such as {@code 1 caption without an image (first: a.txt)}; empty for nothing. */
  String line() {
    List<String> parts = new ArrayList<>();
    counts.forEach(
        (kind, count) -> parts.add(count + " " + kind + " (first: " + first.get(kind) + ")"));
    return String.join("; ", parts);
  }

  /** The first file of a kind. */
  String first(String kind) {
    return first.getOrDefault(kind, "");
  }

  boolean any() {
    return !counts.isEmpty() || shortKeys > 0;
  }

  /** Logs what is not used. */
  void warn(String set) {
    System.Logger log = System.getLogger(PassedOver.class.getName());
    if (!counts.isEmpty()) {
      log.log(System.Logger.Level.WARNING, set + ": not used: " + line());
    }
    if (shortKeys > 0) {
      log.log(
          System.Logger.Level.WARNING,
          set
              + ": keys of "
              + shortKeys
              + " images end at the first dot (first: "
              + shortKey
              + "); data.files.key \"extension\" ends them at the last");
    }
  }
}
