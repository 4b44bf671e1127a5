package io.rapd.train.loop;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.rapd.core.checkpoint.CheckpointException;
import io.rapd.core.checkpoint.ModelFolder;
import io.rapd.core.checkpoint.SafetensorsOutput;
import io.rapd.core.config.ConfigFile;
import io.rapd.core.nn.TensorSource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The averaged weights of a checkpoint, opened for reading; nothing in its run's folder changes.
 */
public final class SavedWeights implements AutoCloseable {
  private final Checkpoint checkpoint;
  private final ModelFolder values;
  private final ModelFolder averages;

  private SavedWeights(Checkpoint checkpoint, ModelFolder values, ModelFolder averages) {
    this.checkpoint = checkpoint;
    this.values = values;
    this.averages = averages;
  }

  /**
   * Opens a checkpoint.
   *
   * @param given its folder, or the folder of its run for the newest one
   * @throws CheckpointException where there is none, or a file of it is missing or damaged
   */
  public static SavedWeights open(Path given) {
    Checkpoint checkpoint =
        newest(given)
            .or(() -> isCheckpoint(given) ? Checkpoint.at(given) : Optional.empty())
            .orElseThrow(
                () ->
                    new CheckpointException(
                        given
                            + ": expected a checkpoint (a folder such as step-00001000 with"
                            + " progress.json) or a training run with one, found "
                            + (Files.exists(given) ? "neither" : "nothing")));
    ModelFolder values = ModelFolder.open(checkpoint.folder());
    try {
      return new SavedWeights(checkpoint, values, ModelFolder.open(checkpoint.folder(), "average"));
    } catch (RuntimeException e) {
      values.close();
      throw e;
    }
  }

  /** Whether a folder is a checkpoint, or a training run that has one. */
  public static boolean isAt(Path given) {
    return isCheckpoint(given) || newest(given).isPresent();
  }

  private static boolean isCheckpoint(Path folder) {
    return new CheckpointProgress(folder).exists();
  }

  private static Optional<Checkpoint> newest(Path run) {
    return Checkpoint.in(run.resolve(TrainingRun.CHECKPOINTS)).stream()
        .reduce((older, newer) -> newer);
  }

  /**
   * Checks every file against the checkpoint's {@code SHA256SUMS}; says where there is none.
   *
   * @throws CheckpointException naming the file that has changed
   */
  public void verify() {
    checkpoint.verify();
  }

  /** The checkpoint's folder. */
  public Path folder() {
    return checkpoint.folder();
  }

  /** The number of steps trained. */
  public long step() {
    return checkpoint.step();
  }

  /** Whether it is of stage 2. */
  public boolean hasDenoiser() {
    return ConfigFile.readTree(configFile()).has("denoiser");
  }

  /**
   * Its configuration.
   *
   * @param overrides as of {@link ConfigFile#read}
   */
  public <T> T config(Class<T> type, List<String> overrides) {
    return ConfigFile.read(configFile(), type, overrides);
  }

  private Path configFile() {
    return checkpoint.folder().resolve("config.json");
  }

  /** An input as the checkpoint records it; empty in checkpoints of earlier versions. */
  public Optional<Input> input(String name) {
    return checkpoint.progress().recorded(name);
  }

  /**
   * Checks that an input is the one of the training; passes where the checkpoint records none.
   *
   * @throws CheckpointException naming both
   */
  public void requireSame(String name, Input now) {
    input(name)
        .filter(then -> !then.identity().equals(now.identity()))
        .ifPresent(
            then -> {
              throw new CheckpointException(
                  "%s: was trained with the %s %s (%s), but the %s %s is another one now (%s)",
                  folder(),
                  name,
                  then.source(),
                  then.identity(),
                  name,
                  now.source(),
                  now.identity());
            });
  }

  /** The weights of the trained module, not averaged. */
  TensorSource weights() {
    return values;
  }

  /** The averages of the trained parameters. */
  TensorSource averages() {
    return averages;
  }

  /** The file that holds each tensor of a child of the trained module, by the child's own names. */
  private Map<String, ModelFolder> sources(String child) {
    Map<String, ModelFolder> sources = new LinkedHashMap<>();
    String prefix = child + ".";
    for (String name : values.names()) {
      if (name.startsWith(prefix)) {
        // Fixed tables have no average.
        sources.put(
            name.substring(prefix.length()), averages.names().contains(name) ? averages : values);
      }
    }
    return sources;
  }

  /**
   * The averages of a child's trained parameters and its fixed tables, one tensor in memory at a
   * time while they are written.
   *
   * @param child its name in the trained module
   */
  public SafetensorsOutput output(String child) {
    SafetensorsOutput output = new SafetensorsOutput();
    sources(child).forEach((name, source) -> output.copy(name, source, child + "." + name));
    return output;
  }

  /** The same tensors in memory, float32. */
  public Map<String, NDArray> read(String child, NDManager manager) {
    Map<String, NDArray> arrays = new LinkedHashMap<>();
    sources(child)
        .forEach((name, source) -> arrays.put(name, source.read(child + "." + name, manager)));
    return arrays;
  }

  @Override
  public void close() {
    averages.close();
    values.close();
  }
}
