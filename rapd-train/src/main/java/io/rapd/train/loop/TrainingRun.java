package io.rapd.train.loop;

import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import io.rapd.core.checkpoint.AtomicFile;
import io.rapd.core.checkpoint.AtomicFolder;
import io.rapd.core.checkpoint.CheckpointException;
import io.rapd.core.config.ConfigException;
import io.rapd.core.config.ConfigFile;
import io.rapd.core.nn.Module;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The folder of a run: {@code config.json}, {@code metrics.jsonl}, {@code previews/}, {@code
 * checkpoints/} with a {@link Checkpoint} each, {@code run.lock} ({@link FolderLock}) and, where
 * samples could not be read, {@code skipped.jsonl} ({@link SkippedSamples}).
 */
public final class TrainingRun implements AutoCloseable {
  static final String METRICS = "metrics.jsonl";

  /** Length, output and parallelism of a run may change when it is resumed. */
  private static final Set<String> FREE =
      Set.of(
          "loop.steps",
          "activationCheckpointing",
          "loop.maxMinutes",
          "loop.workers",
          "loop.logEvery",
          "loop.checkpointEvery",
          "loop.keepCheckpoints",
          "loop.previewEvery",
          "loop.skipNonFinite",
          "data.stream.threads",
          "data.maxUnreadable");

  private final Path folder;
  private final Object config;
  private final Map<String, Input> inputs;
  private @Nullable FolderLock lock;

  private TrainingRun(Path folder, Object config, Map<String, Input> inputs) {
    this.folder = folder;
    this.config = config;
    this.inputs = inputs;
  }

  /**
   * Opens the folder of a new or existing run and locks it until {@link #close}.
   *
   * @param config the configuration record
   * @param inputs by name, such as {@code field}
   * @param resume whether to go on from the newest checkpoint
   * @throws CheckpointException where the folder cannot be written, is in use by another run, holds
   *     checkpoints and {@code resume} is false, holds checkpoints of another configuration or of
   *     other inputs, or is something else, such as a model; the folder is unchanged then
   */
  public static TrainingRun open(
      Path folder, Object config, Map<String, Input> inputs, boolean resume) {
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new CheckpointException(folder + ": cannot be created: " + e, e);
    }
    if (!Files.isWritable(folder)) {
      throw new CheckpointException(folder + ": cannot be written");
    }
    TrainingRun run = new TrainingRun(folder, config, inputs);
    try {
      if (FolderLock.isKnown(folder)) {
        run.lock = FolderLock.of(folder); // who holds it is the first thing to say
      }
      run.requireUsable(resume);
      if (run.lock == null) {
        run.lock = FolderLock.of(folder);
        run.requireUsable(resume); // another run may have begun meanwhile
      }
      Checkpoint.discardUnfinished(run.checkpoints());
      AtomicFile.write(run.configFile(), ConfigFile.write(config));
      return run;
    } catch (RuntimeException e) {
      run.close();
      throw e;
    }
  }

  /**
   * The folder of a run that another process of the same run has opened: read, and not written.
   *
   * @throws CheckpointException as {@link #open} does
   */
  static TrainingRun follow(Path folder, Object config, Map<String, Input> inputs, boolean resume) {
    TrainingRun run = new TrainingRun(folder, config, inputs);
    run.requireUsable(resume);
    return run;
  }

  private void requireUsable(boolean resume) {
    Optional<Checkpoint> latest = latest();
    if (latest.isPresent()) {
      requireResumable(latest.get(), resume);
    } else {
      requireNothingElse();
    }
  }

  private void requireResumable(Checkpoint latest, boolean resume) {
    if (!resume) {
      throw new CheckpointException(
          folder
              + ": holds "
              + latest.folder().getFileName()
              + " of an earlier run; say --resume to go on, or choose another --out");
    }
    latest.requireOwnProgress();
    Set<String> free = new HashSet<>(FREE);
    Path file = latest.folder().resolve("config.json");
    if (!namesPrecision(file)) {
      free.add("precision"); // earlier versions did not record it
    }
    ConfigDifference.first(file, config, free)
        .ifPresent(
            difference -> {
              throw new CheckpointException(
                  latest.folder() + ": is of another configuration: " + difference);
            });
    latest.requireSame(inputs);
  }

  private static boolean namesPrecision(Path config) {
    try {
      return ConfigFile.readTree(config).has("precision");
    } catch (ConfigException e) {
      throw new CheckpointException(String.valueOf(e.getMessage()), e);
    }
  }

  /** A mistyped --out must not cost a model folder its config.json. */
  private void requireNothingElse() {
    Path own = configFile();
    try {
      if (Files.exists(own)
          && !Files.exists(folder.resolve(METRICS))
          && !Files.readString(own).equals(ConfigFile.write(config))) {
        throw new CheckpointException(
            own + ": is not of a training run; choose another --out, or remove it");
      }
    } catch (IOException e) {
      throw new CheckpointException(own + ": cannot be read: " + e.getMessage(), e);
    }
  }

  private Path configFile() {
    return folder.resolve("config.json");
  }

  private Path checkpoints() {
    return folder.resolve("checkpoints");
  }

  public Path folder() {
    return folder;
  }

  /** The image file of a step's preview, in a folder that exists. */
  Path preview(long step) {
    Path previews = folder.resolve("previews");
    try {
      return Files.createDirectories(previews).resolve(Checkpoint.name(step) + ".png");
    } catch (IOException e) {
      throw new UncheckedIOException(previews + ": cannot be created", e);
    }
  }

  /** The newest checkpoint. */
  Optional<Checkpoint> latest() {
    return Checkpoint.in(checkpoints()).stream().reduce((older, newer) -> newer);
  }

  /** The configuration of the newest checkpoint below a run's folder, as fields. */
  public static Optional<JsonNode> configOfNewest(Path folder) {
    return Checkpoint.in(folder.resolve("checkpoints")).stream()
        .reduce((older, newer) -> newer)
        .map(newest -> ConfigFile.readTree(newest.folder().resolve("config.json")));
  }

  /** The step of the newest checkpoint; 0 where there is none. */
  public long step() {
    return latest().map(Checkpoint::step).orElse(0L);
  }

  /** The position of streamed data in the newest checkpoint. */
  Optional<String> dataPosition() {
    return latest().flatMap(Checkpoint::dataPosition);
  }

  /**
   * Gives a module the values of the newest checkpoint, or initial values from the seed.
   *
   * @return an optimiser in the same state
   */
  public Optimizer restoreOrInitialize(
      Module module, OptimizerConfig optimizer, long seed, NDManager manager) {
    Optional<Checkpoint> latest = latest();
    if (latest.isPresent()) {
      return latest.get().restore(module, optimizer, manager);
    }
    module.initialize(manager, seed);
    return Optimizer.fresh(optimizer, module.trainedValues());
  }

  /** Writes a checkpoint, then removes the oldest beyond {@code keep}. Returns its folder. */
  Path save(
      Module module, Optimizer optimizer, long step, Optional<String> dataPosition, int keep) {
    Checkpoint.write(checkpoints(), step, config, inputs, module, optimizer, dataPosition);
    List<Checkpoint> own =
        Checkpoint.in(checkpoints()).stream().filter(Checkpoint::hasOwnProgress).toList();
    own.subList(0, Math.max(0, own.size() - keep))
        .forEach(old -> AtomicFolder.remove(old.folder()));
    return checkpoints().resolve(Checkpoint.name(step));
  }

  /** Releases the folder. */
  @Override
  public void close() {
    if (lock != null) {
      lock.close();
    }
  }
}
