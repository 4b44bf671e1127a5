package io.rapd.eval.probe;

import static io.rapd.core.config.Check.check;

import io.rapd.train.data.EmbeddedSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The class of an image, by its key. */
@FunctionalInterface
public interface Labels {
  /** The class, or nothing for an image that has none. */
  Optional<String> of(String key);

  /**
   * The emoji's groups (animals, food, ...) from Emojibase: for the embedded set and sets of
   * several styles, whose keys begin with the emoji's code points.
   */
  static Labels emojiGroups() {
    Map<String, String> groups = EmbeddedSource.groups();
    return key -> {
      // pair-STEM-STYLE and STEM-STYLE-1: the longest beginning that is an emoji.
      String stem = key.startsWith("pair-") ? key.substring("pair-".length()) : key;
      for (; ; stem = stem.substring(0, stem.lastIndexOf('-'))) {
        if (groups.containsKey(stem)) {
          return Optional.of(groups.get(stem));
        }
        if (stem.indexOf('-') < 0) {
          return Optional.empty();
        }
      }
    };
  }

  /** The folder above an image's file: the last but one part of its key. */
  static Labels folders() {
    return key -> {
      int end = key.lastIndexOf('/');
      return end < 0
          ? Optional.empty()
          : Optional.of(key.substring(key.lastIndexOf('/', end - 1) + 1, end));
    };
  }

  /**
   * Reads a file of lines {@code key,class}; the last comma separates.
   *
   * @throws IllegalArgumentException naming the line that cannot be used
   */
  static Labels file(Path file) {
    List<String> lines;
    try {
      lines = Files.readAllLines(file);
    } catch (IOException e) {
      throw new IllegalArgumentException(
          file + ": expected a readable text file in UTF-8, found " + e, e);
    }
    Map<String, String> labels = new HashMap<>();
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).strip();
      int comma = line.lastIndexOf(',');
      check(
          line.isEmpty() || (comma > 0 && comma < line.length() - 1),
          "%s: line %d: expected KEY,CLASS, found \"%s\"",
          file,
          i + 1,
          line);
      if (!line.isEmpty()) {
        labels.put(line.substring(0, comma).strip(), line.substring(comma + 1).strip());
      }
    }
    check(!labels.isEmpty(), "%s: expected lines KEY,CLASS, found none", file);
    return key -> Optional.ofNullable(labels.get(key));
  }
}
