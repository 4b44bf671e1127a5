package io.rapd.train.command;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options of both training commands, as a picocli mixin. */
public final class RunOptions {
  @Mixin private ConfigOptions config = new ConfigOptions();

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description =
          "the run's folder: config.json, metrics.jsonl, previews, checkpoints, model (default:"
              + " runs/NAME for the configuration NAME.json)")
  private @Nullable Path out;

  @Option(
      names = "--resume",
      description = "continue from the newest checkpoint in --out, or start if there is none")
  private boolean resume;

  @Mixin private ComputeOptions compute = new ComputeOptions();

  /**
   * The configuration with all overrides, {@code --precision} among them.
   *
   * @throws IllegalArgumentException if it cannot be used
   */
  public <T> T config(Class<T> type) {
    return config.read(type, compute.given().map(given -> "precision=" + given).stream().toList());
  }

  /** The run's folder. */
  public Path out() {
    Path given = out;
    if (given != null) {
      return given;
    }
    String name = String.valueOf(config.file().getFileName()).replaceFirst("\\.json$", "");
    return Path.of("runs", name);
  }

  /** Whether to continue from a checkpoint. */
  public boolean resume() {
    return resume;
  }

  /** The device to train on, as named: {@code auto}, {@code cpu} or {@code cuda:N}. */
  public String deviceName() {
    return compute.deviceName();
  }
}
