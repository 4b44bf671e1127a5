package io.rapd.train.loop;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.rapd.core.checkpoint.CheckpointException;
import io.rapd.core.config.ConfigException;
import io.rapd.core.config.ConfigFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * A field in which a configuration file differs from the configuration in use.
 *
 * @param path such as {@code loop.seed} or {@code data.stream.sources[0].weight}
 * @param there its value in the file; missing where the file has none
 * @param here its value in use; missing where there is none
 */
public record ConfigDifference(String path, JsonNode there, JsonNode here) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * Compares a file with a record, leaf by leaf. Fields that an earlier version named otherwise are
   * compared under their present names.
   *
   * @param config the record in use
   * @throws CheckpointException where the file cannot be read as such a record
   */
  public static List<ConfigDifference> between(Path file, Object config) {
    try {
      Object there = ConfigFile.read(file, config.getClass(), List.of());
      List<ConfigDifference> differences = new ArrayList<>();
      add("", JSON.valueToTree(there), JSON.valueToTree(config), differences);
      return differences;
    } catch (ConfigException e) {
      throw new CheckpointException(String.valueOf(e.getMessage()), e);
    }
  }

  private static void add(
      String path, JsonNode there, JsonNode here, List<ConfigDifference> differences) {
    if (there.equals(here)) {
      return;
    }
    if (there.isArray() && here.isArray() && there.size() == here.size()) {
      for (int i = 0; i < here.size(); i++) {
        add(path + "[" + i + "]", there.get(i), here.get(i), differences);
      }
      return;
    }
    if (!there.isObject() || !here.isObject()) {
      differences.add(new ConfigDifference(path, there, here));
      return;
    }
    TreeSet<String> names = new TreeSet<>();
    there.fieldNames().forEachRemaining(names::add);
    here.fieldNames().forEachRemaining(names::add);
    for (String name : names) {
      add(
          path.isEmpty() ? name : path + "." + name,
          there.path(name),
          here.path(name),
          differences);
    }
  }

  /** Differences in one line, as in {@code loop.seed is 1 there and 2 here}. */
  public static String shown(Collection<ConfigDifference> differences) {
    return differences.stream().map(ConfigDifference::toString).collect(Collectors.joining("; "));
  }

  @Override
  public String toString() {
    return path + " is " + shown(there) + " there and " + shown(here) + " here";
  }

  private static String shown(JsonNode value) {
    return value.isMissingNode() ? "missing" : value.toString();
  }
}
