package io.rapd.train.command;

import io.rapd.core.config.ConfigFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options of both training commands, as a picocli mixin. */
public final class RunOptions {
  @Option(
      names = "--config",
      required = true,
      paramLabel = "FILE",
      description = "the configuration, JSON")
  private Path config = Path.of("");

  @Option(
      names = "--set",
      paramLabel = "PATH=VALUE",
      description = "overrides a field, such as loop.steps=500; may be repeated (default: none)")
  private List<String> overrides = new ArrayList<>();

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
   * The configuration with all overrides.
   *
   * @throws io.rapd.core.config.ConfigException if it cannot be used
   */
  public <T> T config(Class<T> type) {
    return ConfigFile.read(config, type, overrides);
  }

  /** The run's folder. */
  public Path out() {
    Path given = out;
    if (given != null) {
      return given;
    }
    String name = String.valueOf(config.getFileName()).replaceFirst("\\.json$", "");
    return Path.of("runs", name);
  }

  /** Whether to continue from a checkpoint. */
  public boolean resume() {
    return resume;
  }

  /** Device and precision. */
  public ComputeOptions compute() {
    return compute;
  }
}
