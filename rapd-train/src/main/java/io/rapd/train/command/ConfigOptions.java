package io.rapd.train.command;

import io.rapd.core.config.ConfigFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/** {@code --config} and {@code --set}, as a picocli mixin. */
public final class ConfigOptions {
  @Option(
      names = "--config",
      required = true,
      paramLabel = "FILE",
      description = "the configuration, JSON")
  private Path file = Path.of("");

  @Option(
      names = "--set",
      paramLabel = "PATH=VALUE",
      description = "overrides a field, such as loop.steps=500; may be repeated (default: none)")
  private List<String> overrides = new ArrayList<>();

  /** The file of the configuration. */
  public Path file() {
    return file;
  }

  /**
   * Reads the configuration with all overrides.
   *
   * @throws io.rapd.core.config.ConfigException if it cannot be used
   */
  public <T> T read(Class<T> type) {
    return read(type, List.of());
  }

  /** As {@link #read(Class)}, with further overrides. */
  <T> T read(Class<T> type, List<String> further) {
    List<String> all = new ArrayList<>(overrides);
    all.addAll(further);
    return ConfigFile.read(file, type, all);
  }
}
