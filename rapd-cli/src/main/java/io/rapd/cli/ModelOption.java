package io.rapd.cli;

import java.nio.file.Path;
import java.util.Optional;
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
   * @param recorded the folder that stands in the image to be made again, if there is one; asked
   *     where the command line names none
   * @throws IllegalArgumentException where neither the command line nor an image names one
   */
  Path folder(Supplier<Optional<Path>> recorded) {
    return Optional.ofNullable(given)
        .or(recorded)
        .orElseThrow(() -> new IllegalArgumentException("--model is missing: expected a folder"));
  }
}
