package io.rapd.train.loop;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.rapd.core.checkpoint.CheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** {@code changes.jsonl}: the fields that a resumed run changed, one per line. */
record RunChanges(Path file) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * Appends what is not in the file yet.
   *
   * @param step of the checkpoint from which the run goes on
   */
  void add(long step, List<ConfigDifference> changes) {
    try {
      List<String> before = Files.exists(file) ? Files.readAllLines(file) : List.of();
      StringBuilder lines = new StringBuilder();
      for (ConfigDifference change : changes) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("step", step);
        line.put("field", change.path());
        line.put("from", present(change.there()));
        line.put("to", present(change.here()));
        String start = JSON.writeValueAsString(line);
        start = start.substring(0, start.length() - 1) + ",";
        if (!contains(before, start)) {
          lines.append(start).append("\"time\":\"").append(Instant.now()).append("\"}\n");
        }
      }
      if (lines.length() > 0) {
        Files.writeString(file, lines, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
      }
    } catch (IOException e) {
      throw new CheckpointException(file + ": cannot be written: " + e, e);
    }
  }

  private static boolean contains(List<String> lines, String start) {
    return lines.stream().anyMatch(line -> line.startsWith(start));
  }

  private static JsonNode present(JsonNode value) {
    return value.isMissingNode() ? JSON.nullNode() : value;
  }
}
