package io.rapd.train.loop;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.rapd.core.checkpoint.CheckpointException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Compares the configuration that something was written with, and that of now. */
public final class ConfigDifference {
  private ConfigDifference() {}

  /**
   * The first field that differs, in words: {@code loop.seed is 1 there and 2 here}.
   *
   * @param then the file as it was written
   * @param now the text that would be written; every field of it is compared
   * @param free paths of fields that may differ
   * @throws CheckpointException where the file cannot be read or holds no object
   */
  public static Optional<String> first(Path then, String now, Set<String> free) {
    try {
      ObjectMapper json = new ObjectMapper();
      JsonNode tree = json.readTree(then.toFile());
      if (!tree.isObject()) {
        throw new CheckpointException(
            "%s: expected a JSON object, found %s"
                .formatted(then, tree.isMissingNode() ? "nothing" : tree));
      }
      return first("", tree, json.readTree(now), free);
    } catch (IOException e) {
      throw new CheckpointException(then + ": cannot be read: " + e.getMessage(), e);
    }
  }

  private static Optional<String> first(
      String path, JsonNode then, JsonNode now, Set<String> free) {
    if (free.contains(path)) {
      return Optional.empty();
    }
    if (then.isObject() && now.isObject()) {
      for (Map.Entry<String, JsonNode> field : now.properties()) {
        String inner = path.isEmpty() ? field.getKey() : path + "." + field.getKey();
        Optional<String> found = first(inner, then.path(field.getKey()), field.getValue(), free);
        if (found.isPresent()) {
          return found;
        }
      }
      return Optional.empty();
    }
    return then.equals(now)
        ? Optional.empty()
        : Optional.of(
            "%s is %s there and %s here"
                .formatted(path, then.isMissingNode() ? "missing" : then, now));
  }
}
