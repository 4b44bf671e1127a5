package io.rapd.cli;

import io.rapd.dit.flow.NoiseSource;
import io.rapd.dit.flow.SamplingConfig;
import io.rapd.dit.flow.SolverType;
import io.rapd.infer.GenerationOptions;
import io.rapd.infer.TextToImage;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How {@code generate} samples, as a picocli mixin. */
final class SamplingOptions {
  @Option(
      names = "--steps",
      paramLabel = "N",
      description = "number of solver steps (default: recorded in the model)")
  private @Nullable Integer steps;

  @Option(
      names = "--solver",
      paramLabel = "NAME",
      description =
          "euler, heun (two evaluations per step), adams2 or adams3 (Adams-Bashforth of that order)"
              + " (default: recorded in the model)")
  private @Nullable SolverType solver;

  @Option(
      names = "--noise",
      paramLabel = "SOURCE",
      description =
          "random_stream, or torch_randn: the noise that torch.randn draws from a CPU generator of"
              + " that seed (default: recorded in the model)")
  private @Nullable NoiseSource noise;

  @Option(
      names = "--guidance",
      paramLabel = "SCALE",
      description =
          "guidance scale, how closely to follow the prompt; 1 is no guidance (default: recorded in"
              + " the model)")
  private @Nullable Double guidance;

  @Option(
      names = "--negative-prompt",
      paramLabel = "TEXT",
      description = "what to steer away from; needs guidance (default: the empty prompt)")
  private @Nullable String negativePrompt;

  /** What was given, then what the recipe says, then the model's own. */
  GenerationOptions of(TextToImage model, Optional<Recipe> recipe) {
    SamplingConfig sampling =
        recipe.map(Recipe::sampling).orElseGet(() -> model.defaults().sampling());
    String negative =
        Objects.requireNonNullElseGet(
            negativePrompt, () -> recipe.map(Recipe::negativePrompt).orElse(""));
    GenerationOptions options = new GenerationOptions(0, sampling, negative);
    if (steps != null) {
      options = options.withSteps(steps);
    }
    if (solver != null) {
      options = options.withSolver(solver);
    }
    if (noise != null) {
      options = options.withNoise(noise);
    }
    return guidance == null ? options : options.withGuidance(guidance);
  }
}
