package io.rapd.train.loop;

import static io.rapd.core.text.Messages.message;

import ai.djl.ndarray.NDManager;
import io.rapd.core.checkpoint.AtomicFolder;
import io.rapd.core.checkpoint.CheckpointException;
import io.rapd.core.checkpoint.ModelFolder;
import io.rapd.core.checkpoint.SafetensorsOutput;
import io.rapd.core.checkpoint.Sha256Sums;
import io.rapd.core.nn.Module;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A folder {@code step-NNNNNNNN} with {@code config.json}, {@code model.safetensors}, {@code
 * average.safetensors}, {@code optimizer.safetensors}, {@code progress.json}, for streamed data
 * {@code data.json}, and {@code SHA256SUMS} of these.
 *
 * @param step as its name says
 */
record Checkpoint(Path folder, long step) {
  private static final String DATA = "data.json";
  private static final String PREFIX = "step-";
  private static final Pattern NAME = Pattern.compile(PREFIX + "[0-9]{8,18}");
  private static final Pattern UNFINISHED = Pattern.compile("\\.(" + NAME + ")\\.(new|old)");

  static String name(long step) {
    return message("%s%08d", PREFIX, step);
  }

  /** The checkpoints in a folder, oldest first; folders of other names are ignored. */
  static List<Checkpoint> in(Path folder) {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> found = Files.list(folder)) {
      return found
          .filter(path -> NAME.matcher(path.getFileName().toString()).matches())
          .map(path -> new Checkpoint(path, number(path)))
          .sorted(Comparator.comparingLong(Checkpoint::step))
          .toList();
    } catch (IOException e) {
      throw new CheckpointException(folder + ": cannot be read: " + e.getMessage(), e);
    }
  }

  /** A checkpoint wherever its folder is and whatever its name; empty where its step is unknown. */
  static Optional<Checkpoint> at(Path folder) {
    return new CheckpointProgress(folder).step().map(step -> new Checkpoint(folder, step));
  }

  /** Deletes what saves that a crash interrupted left beside the checkpoints. */
  static void discardUnfinished(Path folder) {
    if (!Files.isDirectory(folder)) {
      return;
    }
    try (Stream<Path> found = Files.list(folder)) {
      found
          .map(path -> UNFINISHED.matcher(path.getFileName().toString()))
          .filter(Matcher::matches)
          .map(name -> folder.resolve(name.group(1)))
          .distinct()
          .forEach(AtomicFolder::discardUnfinished);
    } catch (IOException e) {
      throw new CheckpointException(folder + ": cannot be read: " + e.getMessage(), e);
    }
  }

  private static long number(Path folder) {
    return Long.parseLong(folder.getFileName().toString().substring(PREFIX.length()));
  }

  /** Its step and inputs, as it says itself. */
  CheckpointProgress progress() {
    return new CheckpointProgress(folder);
  }

  /**
   * Names of the inputs that may lie elsewhere when the run goes on: those whose identity is
   * recorded. The position in streamed data records that of its shards.
   */
  Set<String> identified() {
    Set<String> names = progress().identified();
    if (Files.exists(folder.resolve(DATA))) {
      names.add(Input.DATA);
    }
    return names;
  }

  /** Writes a checkpoint beside its place and renames it there. */
  static void write(Path checkpoints, Object config, Map<String, Input> inputs, Snapshot state) {
    AtomicFolder.write(
        checkpoints.resolve(name(state.step())),
        place -> {
          ModelFolder.fill(place, config, SafetensorsOutput.of(state.values()));
          SafetensorsOutput.write(place.resolve("average.safetensors"), state.averages());
          SafetensorsOutput.write(place.resolve("optimizer.safetensors"), state.moments());
          if (state.dataPosition().isPresent()) {
            Files.writeString(place.resolve(DATA), state.dataPosition().get());
          }
          new CheckpointProgress(place).write(state.step(), inputs);
          Sha256Sums.write(place);
        });
  }

  /**
   * Checks every file against {@code SHA256SUMS}; a checkpoint of an earlier version, which has
   * none, passes with a message on standard error.
   *
   * @throws CheckpointException naming the file that is missing or has changed, and the checkpoint
   *     before this one
   */
  void verify() {
    try {
      if (!Sha256Sums.verify(folder)) {
        System.err.println(
            folder
                + ": has no SHA256SUMS, as an earlier version wrote it; its files are not checked");
      }
    } catch (CheckpointException e) {
      throw new CheckpointException(e.getMessage() + "; " + alternative(), e);
    }
  }

  private String alternative() {
    return Checkpoint.in(folder.resolveSibling("")).stream()
        .filter(other -> other.step < step)
        .reduce((older, newer) -> newer)
        .map(
            before ->
                "the checkpoint before it is "
                    + before.folder.getFileName()
                    + ": remove "
                    + folder.getFileName()
                    + " to go on from there")
        .orElse("there is no checkpoint before it");
  }

  /** Where streamed data stood, as {@link io.rapd.train.data.Batches#position} wrote it. */
  Optional<String> dataPosition() {
    Path file = folder.resolve(DATA);
    try {
      return Files.exists(file) ? Optional.of(Files.readString(file)) : Optional.empty();
    } catch (IOException e) {
      throw new CheckpointException(file + ": cannot be read: " + e.getMessage(), e);
    }
  }

  /** Loads the values of a module and the state of its optimiser. */
  Optimizer restore(Module module, OptimizerConfig config, NDManager manager) {
    try (ModelFolder weights = ModelFolder.open(folder);
        ModelFolder moments = ModelFolder.open(folder, "optimizer");
        ModelFolder averages = ModelFolder.open(folder, "average")) {
      module.load(weights, manager);
      return Optimizer.restored(config, module.trainedValues(), moments, averages, manager);
    }
  }
}
