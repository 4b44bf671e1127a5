package io.rapd.eval.report;

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
import java.util.Optional;
import java.util.function.Function;

/**
 * Values as JSON lines, appended one by one, so that an evaluation can go on where it was stopped.
 * The first line holds the settings of the evaluation.
 *
 * @param <T> a record, one line each
 */
public final class ValueLog<T> {
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private final Path file;
  private final Class<T> type;
  private final Function<T, String> subject;
  private final Map<String, T> values = new LinkedHashMap<>();

  private ValueLog(Path file, Class<T> type, Function<T, String> subject) {
    this.file = file;
    this.type = type;
    this.subject = subject;
  }

  /**
   * Opens a log, or begins one.
   *
   * @param settings of the evaluation
   * @param subject what a line is about; a later line replaces an earlier one
   * @throws IllegalArgumentException if the file belongs to other settings or is damaged; a last
   *     line that was cut short is dropped, as a run that is killed leaves it
   */
  public static <T> ValueLog<T> open(
      Path file, Map<String, String> settings, Class<T> type, Function<T, String> subject) {
    ValueLog<T> log = new ValueLog<>(file, type, subject);
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
      T value = JSON.readValue(line, type);
      values.put(subject.apply(value), value);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          file + ": line " + number + ": expected a measurement, found " + line, e);
    }
  }

  /** The value about something, if it is there already. */
  public Optional<T> find(String about) {
    return Optional.ofNullable(values.get(about));
  }

  /** Appends a value to the file. */
  public void add(T value) {
    try {
      Files.writeString(file, JSON.writeValueAsString(value) + "\n", StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(file + ": cannot be written: " + e.getMessage(), e);
    }
    values.put(subject.apply(value), value);
  }

  /** All values, in the order in which their subjects first came. */
  public List<T> all() {
    return List.copyOf(values.values());
  }
}
