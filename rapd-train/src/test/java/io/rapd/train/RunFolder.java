package io.rapd.train;

import static io.rapd.core.text.Messages.message;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * What a run has written.
 *
 * @param path its folder
 */
public record RunFolder(Path path) {
  /** The lines of metrics.jsonl without what depends on the clock. */
  public List<JsonNode> metrics() {
    try {
      List<JsonNode> lines = new ArrayList<>();
      for (String line : Files.readAllLines(path.resolve("metrics.jsonl"))) {
        ObjectNode values = (ObjectNode) new ObjectMapper().readTree(line);
        values.remove("samplesPerSecond");
        List<String> names = new ArrayList<>();
        values.fieldNames().forEachRemaining(names::add);
        values.remove(
            names.stream()
                .filter(name -> name.endsWith("Seconds") && !name.equals("exchangeSeconds"))
                .toList());
        lines.add(values);
      }
      return lines;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The values of one metric in the order of the lines that have it. */
  public double[] metric(String name) {
    return metrics().stream()
        .filter(line -> line.has(name))
        .mapToDouble(line -> line.get(name).asDouble())
        .toArray();
  }

  /** Mean of a metric over the first and the last quarter of the lines. */
  public void assertFalls(String name, double factor) {
    double[] values = metric(name);
    int quarter = values.length / 4;
    double first = Arrays.stream(values).limit(quarter).average().orElseThrow();
    double last = Arrays.stream(values).skip(values.length - quarter).average().orElseThrow();
    assertThat(last).as("%s, at first %s", name, first).isPositive().isLessThan(factor * first);
  }

  /** The checkpoint of a step. */
  public Path checkpoint(int step) {
    return path.resolve("checkpoints").resolve(message("step-%08d", step));
  }

  /** The bytes of all files below a folder, by path. */
  public static Map<String, String> contents(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      Map<String, String> contents = new TreeMap<>();
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        contents.put(folder.relativize(file).toString(), Arrays.toString(Files.readAllBytes(file)));
      }
      return contents;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
