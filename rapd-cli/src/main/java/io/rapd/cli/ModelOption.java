package io.rapd.cli;

import static io.rapd.core.config.Check.check;

import java.nio.file.Path;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/**
 * {@code --model}, as a picocli mixin: the one place that decides which model a command renders
 * with. {@code help.properties} describes it for each command.
 */
final class ModelOption {
  @Option(names = "--model", paramLabel = "DIR", descriptionKey = "model")
  private @Nullable Path given;

  /**
   * The folder of a model, or of the training run that wrote it.
   *
   * @throws IllegalArgumentException where the command line names none
   */
  Path required() {
    check(given != null, "--model is missing: expected a folder");
    return Objects.requireNonNull(given);
  }

  /**
   * As {@link #required}, with a default.
   *
   * @param otherwise the model where the command line names none
   */
  Path or(Supplier<Path> otherwise) {
    return given == null ? otherwise.get() : given;
  }
}
