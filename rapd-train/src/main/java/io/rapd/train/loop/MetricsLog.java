package io.rapd.train.loop;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.rapd.core.checkpoint.AtomicFile;
import io.rapd.train.tensorboard.EventFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The records of a run: {@code metrics.jsonl}, one JSON object per line, and the same numbers in an
 * event file of TensorBoard.
 */
record MetricsLog(@Nullable Path file, @Nullable EventFile events) implements AutoCloseable {
  /** Of a process that does not write. */
  static final MetricsLog NONE = new MetricsLog(null, null);

  /** Fields of a report that are no losses; {@link StepTimes} has more, which end alike. */
  static final String RATE = "learningRate";

  static final String SPEED = "samplesPerSecond";
  static final String STEP_SECONDS = "stepSeconds";
  static final String RANKS = "ranks";

  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * Drops the lines that an interrupted run wrote after {@code step}.
   *
   * @param eventFolder where the event file is begun
   */
  static MetricsLog open(Path file, Path eventFolder, long step) {
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
    return new MetricsLog(file, EventFile.create(eventFolder, step));
  }

  private static long stepOf(String line) {
    try {
      JsonNode step = JSON.readTree(line).path("step");
      return step.isIntegralNumber() ? step.asLong() : Long.MAX_VALUE;
    } catch (IOException e) {
      return Long.MAX_VALUE; // cut short by the interruption
    }
  }

  void write(long step, Map<String, Double> values) {
    if (file == null || events == null) {
      return;
    }
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("step", step);
    line.putAll(values);
    try {
      Files.writeString(
          file,
          JSON.writeValueAsString(line) + "\n",
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(file + ": cannot be written: " + e.getMessage(), e);
    }
    events.scalars(step, values);
  }

  /** Adds the image file of a preview to the events, if there is one. */
  void image(long step, Path png) {
    if (events != null && Files.exists(png)) {
      try {
        events.image(step, "preview", Files.readAllBytes(png));
      } catch (IOException e) {
        throw new UncheckedIOException(png + ": cannot be read: " + e.getMessage(), e);
      }
    }
  }

  /** Adds the configuration to the events, as a block of Markdown. */
  void configuration(long step, String json) {
    if (events != null) {
      events.text(step, "configuration", json.indent(4));
    }
  }

  @Override
  public void close() {
    if (events != null) {
      events.close();
    }
  }
}
