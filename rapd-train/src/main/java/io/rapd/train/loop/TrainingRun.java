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
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The folder of a run: {@code config.json}, {@code metrics.jsonl}, {@code tensorboard/}, {@code
 * previews/}, {@code checkpoints/} with a {@link Checkpoint} each, {@code run.lock} ({@link
 * FolderLock}), where samples could not be read {@code skipped.jsonl} ({@link SkippedSamples}) and,
 * where a resumed run changed its configuration, {@code changes.jsonl} ({@link RunChanges}).
 */
public final class TrainingRun implements AutoCloseable {
  static final String METRICS = "metrics.jsonl";
  static final String CHECKPOINTS = "checkpoints";
  private static final String EVENTS = "tensorboard";
  private static final String CHANGES = "changes.jsonl";

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
      run.recordChanges();
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
    if (lock != null) {
      latest.verify(); // once, by who then goes on from it
    }
    latest.progress().requireStep(latest.step());
    List<ConfigDifference> differences = differences(latest);
    List<ConfigDifference> refused =
        ResumeRules.refused(differences, latest.identified()).stream()
            .filter(one -> !one.path().equals("precision") || namesPrecision(latest))
            .toList();
    if (!refused.isEmpty()) {
      throw new CheckpointException(
          latest.folder() + ": is of another configuration: " + ConfigDifference.shown(refused));
    }
    latest.progress().requireSame(inputs);
  }

  /** Earlier versions did not record it. */
  private static boolean namesPrecision(Checkpoint latest) {
    try {
      return ConfigFile.readTree(latest.folder().resolve("config.json")).has("precision");
    } catch (ConfigException e) {
      throw new CheckpointException(String.valueOf(e.getMessage()), e);
    }
  }

  private List<ConfigDifference> differences(Checkpoint latest) {
    return ConfigDifference.between(latest.folder().resolve("config.json"), config);
  }

  private void recordChanges() {
    latest()
        .ifPresent(
            latest ->
                new RunChanges(folder.resolve(CHANGES)).add(latest.step(), differences(latest)));
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
    return folder.resolve(CHECKPOINTS);
  }

  public Path folder() {
    return folder;
  }

  /** The records, continued from the newest checkpoint. */
  MetricsLog openLog() {
    long step = step();
    MetricsLog log = MetricsLog.open(folder.resolve(METRICS), folder.resolve(EVENTS), step);
    log.configuration(step, ConfigFile.write(config));
    return log;
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
    return Checkpoint.in(folder.resolve(CHECKPOINTS)).stream()
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

  /** Writes a checkpoint, then removes older ones that need not be kept. Returns its folder. */
  Path save(Snapshot state, LoopConfig loop) {
    Checkpoint.write(checkpoints(), config, inputs, state);
    List<Checkpoint> own =
        Checkpoint.in(checkpoints()).stream()
            .filter(checkpoint -> checkpoint.progress().isOfStep(checkpoint.step()))
            .toList();
    own.subList(0, Math.max(0, own.size() - loop.keepCheckpoints())).stream()
        .filter(old -> !loop.keeps(old.step()))
        .forEach(old -> AtomicFolder.remove(old.folder()));
    return checkpoints().resolve(Checkpoint.name(state.step()));
  }

  /** Releases the folder. */
  @Override
  public void close() {
    if (lock != null) {
      lock.close();
    }
  }
}
