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
import java.util.Set;
import java.util.stream.Stream;

/**
 * The folder of a run: {@code config.json}, {@code metrics.jsonl}, {@code previews/} and {@code
 * checkpoints/step-NNNNNNNN/}, each checkpoint with {@code config.json}, {@code model.safetensors},
 * {@code average.safetensors}, {@code optimizer.safetensors} and {@code progress.json}.
 */
public final class TrainingRun {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String STEM = "step-";
  static final String METRICS = "metrics.jsonl";

  /** The length of a run, what it writes and how many work at it may change. */
  private static final Set<String> FREE =
      Set.of(
          "loop.steps",
          "loop.maxMinutes",
          "loop.workers",
          "loop.logEvery",
          "loop.checkpointEvery",
          "loop.keepCheckpoints",
          "loop.previewEvery");

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
   *     should be new, holds those of another configuration, or is something else, such as a model;
   *     it is untouched then
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
    Path own = folder.resolve("config.json");
    if (latest.isEmpty()) {
      run.requireNothingElse(own);
    }
    run.writeText(own, run.config);
    return run;
  }

  /** A mistyped --out must not cost a model folder its config.json. */
  private void requireNothingElse(Path own) {
    try {
      if (Files.exists(own)
          && !Files.exists(folder.resolve(METRICS))
          && !Files.readString(own).equals(config)) {
        throw new CheckpointException(
            own + ": is not of a training run; choose another --out, or remove it");
      }
    } catch (IOException e) {
      throw new CheckpointException(own + ": cannot be read: " + e.getMessage(), e);
    }
  }

  private void checkSameConfig(Path checkpoint) {
    ConfigDifference.first(checkpoint.resolve("config.json"), config, FREE)
        .ifPresent(
            difference -> {
              throw new CheckpointException(
                  checkpoint + ": is of another configuration: " + difference);
            });
  }

  /** The run's folder. */
  public Path folder() {
    return folder;
  }

  /** Where preview images go; created when first asked for. */
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
      if (!step.isIntegralNumber() || !step.canConvertToLong() || step.asLong() < 1) {
        throw new CheckpointException(
            file
                + ": field \"step\" must be a positive integer, found "
                + (step.isMissingNode() ? "none" : step));
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
