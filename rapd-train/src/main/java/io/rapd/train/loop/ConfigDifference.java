package io.rapd.train.loop;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.rapd.core.checkpoint.CheckpointException;
import io.rapd.core.config.ConfigException;
import io.rapd.core.config.ConfigFile;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Compares a configuration file with the configuration in use. */
public final class ConfigDifference {
  private static final ObjectMapper JSON = new ObjectMapper();

  private ConfigDifference() {}

  /**
   * The first field that differs, as in {@code loop.seed is 1 there and 2 here}. Fields that an
   * earlier version named otherwise are compared under their present names.
   *
   * @param config the record in use
   * @param free paths of fields that may differ
   * @throws CheckpointException where the file cannot be read as such a record
   */
  public static Optional<String> first(Path file, Object config, Set<String> free) {
    try {
      Object there = ConfigFile.read(file, config.getClass(), List.of());
      return first("", JSON.valueToTree(there), JSON.valueToTree(config), free);
    } catch (ConfigException e) {
      throw new CheckpointException(String.valueOf(e.getMessage()), e);
    }
  }

  private static Optional<String> first(
      String path, JsonNode there, JsonNode here, Set<String> free) {
    if (free.contains(path) || there.equals(here)) {
      return Optional.empty();
    }
    if (!there.isObject() || !here.isObject()) {
      return Optional.of(
          path
              + " is "
              + (there.isMissingNode() ? "missing" : there)
              + " there and "
              + here
              + " here");
    }
    return here.properties().stream()
        .map(
            field ->
                first(
                    path.isEmpty() ? field.getKey() : path + "." + field.getKey(),
                    there.path(field.getKey()),
                    field.getValue(),
                    free))
        .flatMap(Optional::stream)
        .findFirst();
  }
}
