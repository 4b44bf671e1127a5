package io.rapd.train.loop;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.rapd.core.checkpoint.AtomicFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** {@code metrics.jsonl}: one JSON object per line. */
record MetricsLog(@Nullable Path file) {
  /** Of a process that does not write. */
  static final MetricsLog NONE = new MetricsLog(null);

  private static final ObjectMapper JSON = new ObjectMapper();

  /** Drops the lines that an interrupted run wrote after {@code step}. */
  static MetricsLog open(Path file, long step) {
    if (Files.exists(file)) {
      try (Stream<String> lines = Files.lines(file)) {
        AtomicFile.write(
            file,
            lines
                .filter(line -> stepOf(line) <= step)
                .map(line -> line + "\n")
                .collect(Collectors.joining()));
      } catch (IOException e) {
        throw new UncheckedIOException(file + ": cannot be read: " + e.getMessage(), e);
      }
    }
    return new MetricsLog(file);
  }

  private static long stepOf(String line) {
    try {
      JsonNode step = JSON.readTree(line).path("step");
      return step.isIntegralNumber() ? step.asLong() : Long.MAX_VALUE;
    } catch (IOException e) {
      return Long.MAX_VALUE; // cut short by the interruption
    }
  }

  void write(Map<String, ?> values) {
    if (file == null) {
      return;
    }
    try {
      Files.writeString(
          file,
          JSON.writeValueAsString(values) + "\n",
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(file + ": cannot be written: " + e.getMessage(), e);
    }
  }
}
