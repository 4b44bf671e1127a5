package io.rapd.train.loop;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.rapd.core.checkpoint.AtomicFolder;
import io.rapd.core.checkpoint.CheckpointException;
import io.rapd.core.checkpoint.ModelFolder;
import io.rapd.core.checkpoint.SafetensorsOutput;
import io.rapd.core.config.ConfigFile;
import io.rapd.core.nn.Module;
import io.rapd.core.torch.Precision;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The folder of a run: {@code config.json}, {@code metrics.jsonl}, {@code previews/} and {@code
 * checkpoints/step-NNNNNNNN/}, each checkpoint with {@code config.json}, {@code model.safetensors},
 * {@code average.safetensors}, {@code optimizer.safetensors} and {@code progress.json}.
 */
public final class TrainingRun {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String STEM = "step-";

  private final Path folder;
  private final String config;

  private TrainingRun(Path folder, String config) {
    this.folder = folder;
    this.config = config;
  }

  /**
   * Opens a run's folder, new or existing.
   *
   * @param config the resolved configuration record
   * @param resume whether to go on from an earlier run's newest checkpoint
   * @throws CheckpointException where the folder cannot be written, holds checkpoints although it
   *     should be new, or holds those of another configuration
   */
  public static TrainingRun open(Path folder, Object config, boolean resume) {
    TrainingRun run = new TrainingRun(folder, ConfigFile.write(config));
    try {
      Files.createDirectories(folder);
      if (!Files.isWritable(folder)) {
        throw new CheckpointException(folder + ": cannot be written");
      }
    } catch (IOException e) {
      throw new CheckpointException(folder + ": cannot be created: " + e, e);
    }
    Optional<Path> latest = run.latest();
    if (latest.isPresent() && !resume) {
      throw new CheckpointException(
          folder
              + ": holds "
              + latest.get().getFileName()
              + " of an earlier run; say --resume to go on, or choose another --out");
    }
    if (latest.isPresent()) {
      run.checkSameConfig(latest.get());
    }
    run.writeText(folder.resolve("config.json"), run.config);
    return run;
  }

  private void checkSameConfig(Path checkpoint) {
    try {
      JsonNode then = JSON.readTree(checkpoint.resolve("config.json").toFile());
      JsonNode now = JSON.readTree(config);
      difference("", then, now)
          .ifPresent(
              difference -> {
                throw new CheckpointException(
                    checkpoint + ": is of another configuration: " + difference);
              });
    } catch (IOException e) {
      throw new CheckpointException(
          checkpoint + ": config.json cannot be read: " + e.getMessage(), e);
    }
  }

  /** The first field that differs; the length of the run and what it writes may change. */
  private static Optional<String> difference(String path, JsonNode then, JsonNode now) {
    if (List.of(
            "loop.steps",
            "loop.maxMinutes",
            "loop.logEvery",
            "loop.checkpointEvery",
            "loop.keepCheckpoints",
            "loop.previewEvery")
        .contains(path)) {
      return Optional.empty();
    }
    if (then.isObject() && now.isObject()) {
      for (Map.Entry<String, JsonNode> field : now.properties()) {
        String inner = path.isEmpty() ? field.getKey() : path + "." + field.getKey();
        Optional<String> found = difference(inner, then.path(field.getKey()), field.getValue());
        if (found.isPresent()) {
          return found;
        }
      }
      return Optional.empty();
    }
    return then.equals(now)
        ? Optional.empty()
        : Optional.of("%s is %s there and %s here".formatted(path, then, now));
  }

  /** The run's folder. */
  public Path folder() {
    return folder;
  }

  /** Where preview pictures go; created when first asked for. */
  public Path previews() {
    Path previews = folder.resolve("previews");
    try {
      return Files.createDirectories(previews);
    } catch (IOException e) {
      throw new UncheckedIOException(previews + ": cannot be created", e);
    }
  }

  /** The newest checkpoint. */
  public Optional<Path> latest() {
    return checkpoints().stream().reduce((older, newer) -> newer);
  }

  private List<Path> checkpoints() {
    Path all = folder.resolve("checkpoints");
    if (!Files.isDirectory(all)) {
      return List.of();
    }
    try (Stream<Path> found = Files.list(all)) {
      return found
          .filter(path -> path.getFileName().toString().startsWith(STEM))
          .sorted(Comparator.comparing(Path::getFileName))
          .toList();
    } catch (IOException e) {
      throw new CheckpointException(all + ": cannot be read: " + e.getMessage(), e);
    }
  }

  /**
   * Where the newest checkpoint stands; 0 where there is none.
   *
   * @throws CheckpointException where its {@code progress.json} is damaged
   */
  public long step() {
    return latest().map(TrainingRun::stepOf).orElse(0L);
  }

  private static long stepOf(Path checkpoint) {
    Path file = checkpoint.resolve("progress.json");
    try {
      JsonNode step = JSON.readTree(file.toFile()).path("step");
      if (!step.canConvertToLong()) {
        throw new CheckpointException(file + ": field \"step\" must be an integer, found " + step);
      }
      return step.asLong();
    } catch (IOException e) {
      throw new CheckpointException(file + ": cannot be read: " + e.getMessage(), e);
    }
  }

  /**
   * Gives a module its values: those of the newest checkpoint, or first ones from the seed.
   *
   * @return an optimiser in the same state
   */
  public Optimizer restoreOrInitialize(
      Module module, OptimizerConfig optimizer, long seed, NDManager manager) {
    Optional<Path> latest = latest();
    if (latest.isEmpty()) {
      module.initialize(manager, seed);
      return Optimizer.fresh(optimizer, module.trainedValues());
    }
    try (ModelFolder weights = ModelFolder.open(latest.get());
        ModelFolder moments = ModelFolder.open(latest.get(), "optimizer");
        ModelFolder averages = ModelFolder.open(latest.get(), "average")) {
      module.load(weights, "", name -> false, Precision.FLOAT32, manager);
      return Optimizer.restored(optimizer, module.trainedValues(), moments, averages, manager);
    }
  }

  /** Writes a checkpoint beside and renames it, then removes the oldest beyond {@code keep}. */
  void save(Module module, Optimizer optimizer, long step, int keep) {
    Path target = folder.resolve("checkpoints").resolve("%s%08d".formatted(STEM, step));
    AtomicFolder.write(
        target,
        place -> {
          Files.writeString(place.resolve("config.json"), config);
          write(place.resolve("model.safetensors"), module.values());
          write(place.resolve("average.safetensors"), optimizer.averages());
          write(place.resolve("optimizer.safetensors"), optimizer.moments());
          Files.writeString(
              place.resolve("progress.json"), JSON.writeValueAsString(Map.of("step", step)) + "\n");
        });
    List<Path> all = checkpoints();
    for (Path old : all.subList(0, Math.max(0, all.size() - keep))) {
      delete(old);
    }
  }

  /** Writes named arrays as one safetensors file. */
  public static void write(Path file, Map<String, NDArray> arrays) {
    SafetensorsOutput output = new SafetensorsOutput();
    arrays.forEach(output::add);
    output.writeTo(file);
  }

  private static void delete(Path checkpoint) {
    try (Stream<Path> files = Files.walk(checkpoint)) {
      for (Path path : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    } catch (IOException e) {
      throw new CheckpointException(checkpoint + ": cannot be removed: " + e.getMessage(), e);
    }
  }

  private void writeText(Path file, String text) {
    try {
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new CheckpointException(file + ": cannot be written: " + e, e);
    }
  }
}
