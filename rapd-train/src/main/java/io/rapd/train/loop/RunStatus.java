package io.rapd.train.loop;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.rapd.core.checkpoint.CheckpointException;
import io.rapd.core.checkpoint.TrainedModel;
import io.rapd.core.config.ConfigFile;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * How far a training run is, read from its folder without a change to it.
 *
 * @param state {@code running}, {@code finished} (the last step is done and the model written) or
 *     {@code stopped}
 * @param holder the process that trains, such as {@code process 12 on host name}
 * @param step the last one reported or saved
 * @param steps of the whole run
 * @param checkpoint step of the newest checkpoint; 0 for none
 * @param stepsPerSecond over the last reported interval
 * @param samplesPerSecond over the last reported interval
 * @param secondsLeft to the last step at that speed, from the last report; empty unless running
 * @param reported time of the last report (UTC)
 * @param losses of the last report, by name
 * @param measured on held-out data, by name, each when it was measured last
 * @param times where the time of a step goes in seconds, by name; empty in runs of earlier versions
 */
public record RunStatus(
    String state,
    Optional<String> holder,
    long step,
    long steps,
    long checkpoint,
    Optional<Double> stepsPerSecond,
    Optional<Double> samplesPerSecond,
    Optional<Double> secondsLeft,
    Optional<String> reported,
    Map<String, Double> losses,
    Map<String, Double> measured,
    Map<String, Double> times) {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int TAIL_BYTES = 1 << 16;
  private static final String STEP = "step";
  private static final String SECONDS = "Seconds";
  private static final Set<String> NO_LOSSES =
      Set.of(STEP, MetricsLog.RATE, MetricsLog.SPEED, MetricsLog.RANKS);

  /**
   * Reads a run's folder.
   *
   * @throws CheckpointException where it is none, or cannot be read
   */
  public static RunStatus of(Path run) {
    Path config = run.resolve("config.json");
    JsonNode loop =
        Files.isRegularFile(config) ? ConfigFile.readTree(config).path("loop") : JSON.nullNode();
    if (!loop.path("steps").isIntegralNumber()) {
      throw new CheckpointException(
          run
              + ": expected the folder of a training run, whose config.json has loop.steps; found "
              + (Files.isDirectory(run) ? "another folder" : "no folder"));
    }
    long steps = loop.path("steps").asLong();
    long checkpoint =
        Checkpoint.in(run.resolve(TrainingRun.CHECKPOINTS)).stream()
            .mapToLong(Checkpoint::step)
            .max()
            .orElse(0);
    JsonNode report = JSON.createObjectNode();
    long measuredAt = 0;
    Map<String, Double> measured = new LinkedHashMap<>();
    Path metrics = run.resolve(TrainingRun.METRICS);
    for (JsonNode line : tail(metrics)) {
      if (line.has(MetricsLog.RATE)) {
        report = line;
      } else {
        measuredAt = line.path(STEP).asLong();
        measured.putAll(losses(line));
      }
    }
    long step = Math.max(checkpoint, Math.max(report.path(STEP).asLong(), measuredAt));
    Optional<String> holder = FolderLock.holder(run);
    Optional<Double> stepSeconds =
        number(report, MetricsLog.STEP_SECONDS).filter(seconds -> seconds > 0);
    boolean done = step >= steps && Files.isDirectory(TrainedModel.ofRun(run));
    return new RunStatus(
        holder.isPresent() ? "running" : done ? "finished" : "stopped",
        holder,
        step,
        steps,
        checkpoint,
        stepSeconds.map(seconds -> 1 / seconds),
        number(report, MetricsLog.SPEED),
        stepSeconds
            .filter(seconds -> holder.isPresent())
            .map(seconds -> seconds * Math.max(0, steps - step)),
        modified(metrics),
        losses(report),
        measured,
        times(report));
  }

  private static Optional<Double> number(JsonNode line, String name) {
    return line.path(name).isNumber() ? Optional.of(line.path(name).asDouble()) : Optional.empty();
  }

  private static Map<String, Double> losses(JsonNode line) {
    Map<String, Double> losses = new LinkedHashMap<>();
    line.properties().stream()
        .filter(of -> of.getValue().isNumber())
        .filter(of -> !NO_LOSSES.contains(of.getKey()) && !of.getKey().endsWith(SECONDS))
        .forEach(of -> losses.put(of.getKey(), of.getValue().asDouble()));
    return losses;
  }

  /** Seconds of a step by phase, such as {@code data}. */
  private static Map<String, Double> times(JsonNode report) {
    Map<String, Double> times = new LinkedHashMap<>();
    report.properties().stream()
        .filter(of -> of.getKey().endsWith(SECONDS) && of.getValue().isNumber())
        .filter(of -> !of.getKey().equals(MetricsLog.STEP_SECONDS))
        .forEach(
            of ->
                times.put(
                    of.getKey().substring(0, of.getKey().length() - SECONDS.length()),
                    of.getValue().asDouble()));
    return times;
  }

  private static Optional<String> modified(Path file) {
    try {
      return Files.exists(file)
          ? Optional.of(time(Files.getLastModifiedTime(file).toInstant()))
          : Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException(file + ": cannot be read: " + e.getMessage(), e);
    }
  }

  private static String time(Instant instant) {
    return instant.truncatedTo(ChronoUnit.SECONDS).toString();
  }

  /** The last lines that are whole: the run may be in the middle of writing one. */
  private static List<JsonNode> tail(Path file) {
    if (!Files.exists(file)) {
      return List.of();
    }
    try (RandomAccessFile metrics = new RandomAccessFile(file.toFile(), "r")) {
      long start = Math.max(0, metrics.length() - TAIL_BYTES);
      byte[] bytes = new byte[(int) (metrics.length() - start)];
      metrics.seek(start);
      metrics.readFully(bytes);
      return new String(bytes, StandardCharsets.UTF_8)
          .lines()
          .map(RunStatus::parsed)
          .filter(line -> line.path(STEP).isIntegralNumber())
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(file + ": cannot be read: " + e.getMessage(), e);
    }
  }

  private static JsonNode parsed(String line) {
    try {
      return JSON.readTree(line);
    } catch (IOException e) {
      return JSON.createObjectNode();
    }
  }
}
