package io.rapd.cli;

import static io.rapd.core.config.Check.check;
import static io.rapd.core.text.Messages.message;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What {@code generate} shows, as a picocli mixin. */
final class PromptOptions {
  @Option(
      names = "--prompt",
      paramLabel = "TEXT",
      description = "what to show; may be repeated (default: those of --prompts or --from)")
  private List<String> prompts = List.of();

  @Option(
      names = "--prompts",
      paramLabel = "FILE",
      description =
          "text file with a prompt per line, or a JSON object per line with prompt and, if wanted,"
              + " seed and size (default: none)")
  private @Nullable Path promptFile;

  @Option(
      names = "--from",
      paramLabel = "FILE",
      description =
          "a PNG file of this command: makes it again from the model, prompt, seed, sampling, size"
              + " and fit that it holds; other options change it (default: none)")
  private @Nullable Path from;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description =
          "seed of the noise; may be repeated, for several images per prompt (default: 0)")
  private List<Long> seeds = List.of();

  /** The recipe of the image named by {@code --from}. */
  Optional<Recipe> recipe() {
    return Optional.ofNullable(from).map(Recipe::read);
  }

  /**
   * The prompts in order.
   *
   * @throws IllegalArgumentException unless prompts, a file of prompts or an image are given
   */
  List<PromptLine> lines(Optional<Recipe> recipe) {
    check(
        promptFile == null || (prompts.isEmpty() && recipe.isEmpty()),
        "--prompts cannot be combined with --prompt or --from");
    if (promptFile != null) {
      return PromptFile.read(promptFile);
    }
    check(
        !prompts.isEmpty() || recipe.isPresent(),
        "expected --prompt, --prompts or --from, got none of them");
    return prompts.isEmpty()
        ? List.of(new PromptLine(recipe.orElseThrow().prompt()))
        : prompts.stream().map(PromptLine::new).toList();
  }

  /** The seeds of prompts without their own. */
  List<Long> seeds(Optional<Recipe> recipe) {
    return seeds.isEmpty() ? List.of(recipe.map(Recipe::seed).orElse(0L)) : seeds;
  }

  /**
   * The folder of the model that made the image of {@code --from}.
   *
   * @throws IllegalArgumentException where it is gone
   */
  Optional<Path> model(Optional<Recipe> recipe) {
    Optional<Path> folder = recipe.map(Recipe::model).map(Path::of);
    folder.ifPresent(
        known ->
            check(
                Files.isDirectory(known),
                "%s: was made with the model %s, found no such folder; name one with --model",
                from,
                known));
    return folder;
  }

  /** Says so where the image of {@code --from} was made with other weights. */
  void warnOfAnotherModel(Recipe recipe, Path model, String sha256) {
    if (!recipe.modelSha256().equals(sha256)) {
      System.err.println(
          message(
              "%s: was made with another model, %s (SHA-256 %s), than %s (%s)",
              from, recipe.model(), recipe.modelSha256(), model, sha256));
    }
  }
}
