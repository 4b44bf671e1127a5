package io.rapd.cli;

import static io.rapd.core.text.Messages.message;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.rapd.train.loop.RunStatus;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code rapd status}. */
@Command(
    name = "status",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description =
        "Prints how far a training run is: whether it is running, its step, speed, ETA, last"
            + " losses, held-out measurements and where the time of a step goes. Only reads its folder.")
final class Status implements Runnable {
  @Parameters(
      paramLabel = "RUN",
      description = "the run's folder, as --out of the training named it")
  private Path run = Path.of("");

  @Option(names = "--json", description = "print one JSON object")
  private boolean json;

  @Override
  public void run() {
    RunStatus status = RunStatus.of(run);
    if (json) {
      System.out.println(json(status));
    } else {
      lines(status).forEach((name, value) -> System.out.println(message("%-11s %s", name, value)));
    }
  }

  private Map<String, String> lines(RunStatus status) {
    Map<String, String> lines = new LinkedHashMap<>();
    lines.put("run", run.toString());
    lines.put("state", status.state() + status.holder().map(holder -> ", " + holder).orElse(""));
    lines.put(
        "step",
        message(
            "%d of %d (%.1f %%)",
            status.step(), status.steps(), 100.0 * status.step() / status.steps()));
    status
        .stepsPerSecond()
        .ifPresent(
            steps ->
                lines.put(
                    "speed",
                    message("%.3g steps/s", steps)
                        + status
                            .samplesPerSecond()
                            .map(samples -> message(", %.3g samples/s", samples))
                            .orElse("")));
    status.secondsLeft().ifPresent(seconds -> lines.put("ETA", clock(Math.round(seconds))));
    status.reported().ifPresent(time -> lines.put("last report", time + ", " + age(time)));
    put(lines, "losses", status.losses());
    put(lines, "measured", status.measured());
    if (!status.times().isEmpty()) {
      lines.put(
          "step time",
          status.times().entrySet().stream()
              .map(time -> message("%s %.3g s", time.getKey(), time.getValue()))
              .collect(Collectors.joining("  ")));
    }
    lines.put(
        "checkpoint", status.checkpoint() == 0 ? "none" : message("step %d", status.checkpoint()));
    return lines;
  }

  private static void put(Map<String, String> lines, String name, Map<String, Double> values) {
    if (!values.isEmpty()) {
      lines.put(
          name,
          values.entrySet().stream()
              .map(value -> message("%s %.4f", value.getKey(), value.getValue()))
              .collect(Collectors.joining("  ")));
    }
  }

  private static String clock(long seconds) {
    Duration left = Duration.ofSeconds(seconds);
    return message("%d:%02d:%02d", left.toHours(), left.toMinutesPart(), left.toSecondsPart());
  }

  private static String age(String time) {
    return clock(Math.max(0, Duration.between(Instant.parse(time), Instant.now()).toSeconds()))
        + " ago";
  }

  private static String json(RunStatus status) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("state", status.state());
    fields.put("holder", status.holder().orElse(null));
    fields.put("step", status.step());
    fields.put("steps", status.steps());
    fields.put("checkpoint", status.checkpoint());
    fields.put("stepsPerSecond", status.stepsPerSecond().orElse(null));
    fields.put("samplesPerSecond", status.samplesPerSecond().orElse(null));
    fields.put("secondsLeft", status.secondsLeft().orElse(null));
    fields.put("reported", status.reported().orElse(null));
    fields.put("losses", status.losses());
    fields.put("measured", status.measured());
    fields.put("stepTimes", status.times());
    try {
      return new ObjectMapper().writeValueAsString(fields);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}
