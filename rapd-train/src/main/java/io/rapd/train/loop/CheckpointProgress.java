package io.rapd.train.loop;

import static io.rapd.core.text.Messages.message;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.rapd.core.checkpoint.CheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * {@code progress.json} of a checkpoint: how far it is and what it has learnt from.
 *
 * @param folder of the checkpoint
 */
record CheckpointProgress(Path folder) {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String STEP = "step";
  private static final String INPUTS = "inputs";

  private record Content(long step, Map<String, Input> inputs) {}

  private Path file() {
    return folder.resolve("progress.json");
  }

  /** Whether the folder is a checkpoint's. */
  boolean exists() {
    return Files.isRegularFile(file());
  }

  /** Writes the file. */
  void write(long step, Map<String, Input> inputs) throws IOException {
    Files.writeString(file(), JSON.writeValueAsString(new Content(step, inputs)) + "\n");
  }

  /** The step that it says; empty where it says none. */
  Optional<Long> step() {
    JsonNode step = tree().path(STEP);
    return step.isIntegralNumber() && step.asLong() > 0
        ? Optional.of(step.asLong())
        : Optional.empty();
  }

  /** Whether {@link #requireStep} passes. */
  boolean isOfStep(long step) {
    try {
      requireStep(step);
      return true;
    } catch (CheckpointException e) {
      return false;
    }
  }

  /**
   * Checks that it says a step.
   *
   * @throws CheckpointException where it is missing, damaged or of another step
   */
  void requireStep(long step) {
    JsonNode found = tree().path(STEP);
    if (!found.isIntegralNumber() || found.asLong() < 1) {
      throw new CheckpointException(
          file()
              + ": field \"step\" must be a positive integer, found "
              + (found.isMissingNode() ? "none" : found));
    }
    if (found.asLong() != step) {
      throw new CheckpointException(
          file() + ": is of step " + found + ", but its folder is called " + Checkpoint.name(step));
    }
  }

  /**
   * Checks that the inputs are those of the training so far. A checkpoint of an earlier version,
   * which recorded none, passes.
   *
   * @throws CheckpointException naming the checkpoint and the input that has changed since
   */
  void requireSame(Map<String, Input> inputs) {
    JsonNode recorded = tree().path(INPUTS);
    inputs.forEach(
        (name, input) -> {
          JsonNode then = recorded.path(name);
          if (then.has("identity") && !then.path("identity").asText().equals(input.identity())) {
            throw new CheckpointException(
                message(
                    "%s: was trained with the %s %s (%s), but the %s %s is another one now (%s);"
                        + " choose another --out, or put the former %s back",
                    folder,
                    name,
                    then.path("source").asText(),
                    then.path("identity").asText(),
                    name,
                    input.source(),
                    input.identity(),
                    name));
          }
        });
  }

  /** An input as it is recorded; empty in checkpoints of earlier versions. */
  Optional<Input> recorded(String name) {
    JsonNode input = tree().path(INPUTS).path(name);
    return input.has("identity")
        ? Optional.of(new Input(input.path("source").asText(), input.path("identity").asText()))
        : Optional.empty();
  }

  /** Names of the inputs whose identity is recorded. */
  Set<String> identified() {
    Set<String> names = new TreeSet<>();
    tree()
        .path(INPUTS)
        .properties()
        .forEach(
            input -> {
              if (input.getValue().has("identity")) {
                names.add(input.getKey());
              }
            });
    return names;
  }

  private JsonNode tree() {
    try {
      return JSON.readTree(file().toFile());
    } catch (IOException e) {
      throw new CheckpointException(file() + ": cannot be read: " + e.getMessage(), e);
    }
  }
}
