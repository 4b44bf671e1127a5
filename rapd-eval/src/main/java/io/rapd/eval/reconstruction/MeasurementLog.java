package io.rapd.eval.reconstruction;

import static io.rapd.core.config.Check.check;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.rapd.core.checkpoint.AtomicFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Measurements as JSON lines, appended one by one, so that an evaluation can go on where it was
 * stopped. The first line holds the settings of the evaluation.
 */
final class MeasurementLog {
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private final Path file;
  private final Map<String, Measurement> measured = new LinkedHashMap<>();

  private MeasurementLog(Path file) {
    this.file = file;
  }

  /**
   * Opens a log, or begins one.
   *
   * @param settings of the evaluation
   * @throws IllegalArgumentException if the file belongs to other settings or is damaged; a last
   *     line that was cut short is dropped, as a run that is killed leaves it
   */
  static MeasurementLog open(Path file, Map<String, String> settings) {
    MeasurementLog log = new MeasurementLog(file);
    try {
      String first = JSON.writeValueAsString(settings);
      if (!Files.exists(file)) {
        AtomicFile.write(file, first + "\n");
        return log;
      }
      String text = Files.readString(file);
      int end = text.lastIndexOf('\n') + 1;
      List<String> lines = new ArrayList<>(text.substring(0, end).lines().toList());
      check(!lines.isEmpty(), "%s: expected the settings of an evaluation, found none", file);
      check(
          lines.get(0).equals(first),
          "%s: expected the values of this evaluation, %s, found those of %s; choose another --out",
          file,
          first,
          lines.get(0));
      for (int i = 1; i < lines.size(); i++) {
        log.read(lines.get(i), i + 1);
      }
      if (end < text.length()) {
        AtomicFile.write(file, text.substring(0, end));
      }
      return log;
    } catch (IOException e) {
      throw new UncheckedIOException(file + ": cannot be read: " + e.getMessage(), e);
    }
  }

  private void read(String line, int number) {
    try {
      Measurement measurement = JSON.readValue(line, Measurement.class);
      measured.put(measurement.subject(), measurement);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          file + ": line " + number + ": expected a measurement, found " + line, e);
    }
  }

  boolean contains(String image, double scale, String method) {
    return measured.containsKey(new Measurement(image, scale, method, null, 0, null).subject());
  }

  void add(Measurement measurement) {
    try {
      Files.writeString(
          file, JSON.writeValueAsString(measurement) + "\n", StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(file + ": cannot be written: " + e.getMessage(), e);
    }
    measured.put(measurement.subject(), measurement);
  }

  List<Measurement> all() {
    return List.copyOf(measured.values());
  }
}
