package io.rapd.train.loop;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** {@code metrics.jsonl}: one JSON object a line, one line for each step that is logged. */
final class MetricsLog implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final BufferedWriter writer;

  private MetricsLog(BufferedWriter writer) {
    this.writer = writer;
  }

  /** Opens for appending after {@code step}; later lines, of an interrupted run, are dropped. */
  static MetricsLog open(Path file, long step) {
    try {
      List<String> kept = new ArrayList<>();
      if (Files.exists(file)) {
        for (String line : Files.readAllLines(file)) {
          if (stepOf(line) <= step) {
            kept.add(line);
          }
        }
      }
      Files.write(file, kept);
      return new MetricsLog(Files.newBufferedWriter(file, StandardOpenOption.APPEND));
    } catch (IOException e) {
      throw new UncheckedIOException(file + ": cannot be written: " + e.getMessage(), e);
    }
  }

  private static long stepOf(String line) {
    try {
      JsonNode step = JSON.readTree(line).path("step");
      return step.isIntegralNumber() ? step.asLong() : Long.MAX_VALUE;
    } catch (IOException e) {
      // A line cut short by the interruption.
      return Long.MAX_VALUE;
    }
  }

  void write(Map<String, ?> values) {
    try {
      writer.write(JSON.writeValueAsString(values));
      writer.newLine();
      writer.flush();
    } catch (IOException e) {
      throw new UncheckedIOException("metrics.jsonl cannot be written: " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    try {
      writer.close();
    } catch (IOException e) {
      throw new UncheckedIOException("metrics.jsonl cannot be closed: " + e.getMessage(), e);
    }
  }
}
