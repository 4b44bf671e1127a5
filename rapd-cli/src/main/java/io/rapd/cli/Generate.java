package io.rapd.cli;

import static io.rapd.core.config.Check.check;
import static io.rapd.core.text.Messages.message;

import io.rapd.core.checkpoint.TrainedModel;
import io.rapd.core.nn.Weights;
import io.rapd.dit.flow.NoiseSource;
import io.rapd.dit.flow.SamplingConfig;
import io.rapd.dit.flow.SolverType;
import io.rapd.infer.GenerationOptions;
import io.rapd.infer.LoadOptions;
import io.rapd.infer.TextToImage;
import io.rapd.train.command.Progress;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code rapd generate}. */
@Command(
    name = "generate",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    resourceBundle = "io.rapd.cli.help",
    description = {
      "Generates images from prompts. All sizes of an image are rendered from the same latent.",
      "Writes PROMPT_seed-SEED_WIDTHxHEIGHT.png and prints the path of each file. PROMPT is the"
          + " prompt's letters and digits, with a checksum if these do not spell the prompt."
    })
final class Generate implements Runnable {
  private static final ImageSize DEFAULT_SIZE = new ImageSize(512, 512);

  @Mixin private RenderOptions render = new RenderOptions();

  @Option(names = "--prompt", paramLabel = "TEXT", description = "what to show; may be repeated")
  private List<String> prompts = List.of();

  @Option(
      names = "--from",
      paramLabel = "FILE",
      description =
          "a PNG file of this command: makes it again from the prompt, seed, sampling, size and fit"
              + " that it holds; other options change it")
  private @Nullable Path from;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description =
          "seed of the noise; may be repeated, for several images per prompt (default: 0)")
  private List<Long> seeds = List.of();

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

  @Option(
      names = "--weights",
      paramLabel = "FORM",
      defaultValue = "full",
      description =
          "full, or int8: large matrices of denoiser and Qwen3 in 8 bits, for less memory and slower"
              + " steps (default: ${DEFAULT-VALUE})")
  private Weights weights = Weights.FULL;

  @Option(
      names = "--text-encoder",
      paramLabel = "DIR",
      description =
          "folder of the Qwen3 text encoder (default: the folder it had in training, recorded in"
              + " the model)")
  private @Nullable Path textEncoder;

  @Option(
      names = "--field",
      paramLabel = "DIR",
      description =
          "for a pixel-space model: a model of stage 1, or the folder of its run, whose encoder"
              + " takes the images and whose renderer gives the sizes (default: none, the images"
              + " keep the model's own size)")
  private @Nullable Path field;

  @Override
  public void run() {
    Optional<Recipe> recipe = Optional.ofNullable(from).map(Recipe::read);
    recipe.ifPresent(this::complete);
    if (seeds.isEmpty()) {
      seeds = List.of(0L);
    }
    check(!prompts.isEmpty(), "--prompt is missing; --from takes it from an image");
    OutputFolder folder = render.output();
    placeAll(folder, render.sizes(defaultSize(recipe)));
    LoadOptions loading = render.loading(weights, textEncoder, field);
    List<ImageSize> sizes = sizes(loading, defaultSize(recipe));
    placeAll(folder, sizes);
    ModelDigest digest = new ModelDigest(TrainedModel.open(render.model()).folder());
    try (TextToImage model = TextToImage.load(render.model(), loading);
        Progress progress = new Progress("generate")) {
      recipe.ifPresent(known -> warnOfAnotherModel(known, digest));
      GenerationOptions options = options(model, recipe);
      Fit fit = render.fit().or(() -> recipe.map(Recipe::fit)).orElse(Fit.CROP);
      for (long seed : seeds) {
        model.generate(
            prompts,
            options.withSeed(seed),
            (done, all, latent) -> progress.at("step", done, all),
            (field, prompt) -> {
              try (field) {
                for (ImageSize size : sizes) {
                  String text = prompts.get(prompt);
                  Recipe made =
                      Recipe.of(
                          text, options.withSeed(seed), size, fit, render.model(), digest.get());
                  Path file =
                      folder.write(
                          RenderOptions.bands(field, size, fit, progress),
                          render.format(),
                          made.texts(),
                          ImageFileName.of(text, seed, size, render.format()));
                  progress.close();
                  System.out.println(file);
                }
              }
            });
      }
    }
  }

  /** What the command line leaves open is as in the image. */
  private void complete(Recipe recipe) {
    if (prompts.isEmpty()) {
      prompts = List.of(recipe.prompt());
    }
    if (seeds.isEmpty()) {
      seeds = List.of(recipe.seed());
    }
    if (negativePrompt == null) {
      negativePrompt = recipe.negativePrompt();
    }
  }

  private static ImageSize defaultSize(Optional<Recipe> recipe) {
    return recipe.map(Recipe::size).orElse(DEFAULT_SIZE);
  }

  private void warnOfAnotherModel(Recipe recipe, ModelDigest digest) {
    if (!recipe.modelSha256().equals(digest.get())) {
      System.err.println(
          message(
              "%s: was made with another model, %s (SHA-256 %s), than %s (%s)",
              from, recipe.model(), recipe.modelSha256(), render.model(), digest.get()));
    }
  }

  private void placeAll(OutputFolder folder, List<ImageSize> sizes) {
    for (String prompt : prompts) {
      for (long seed : seeds) {
        for (ImageSize size : sizes) {
          folder.place(ImageFileName.of(prompt, seed, size, render.format()));
        }
      }
    }
  }

  /** Known before anything is sampled: a pixel-space model alone has one size. */
  private List<ImageSize> sizes(LoadOptions loading, ImageSize otherwise) {
    OptionalInt side = TextToImage.fixedSize(render.model(), loading);
    if (side.isEmpty()) {
      return render.sizes(otherwise);
    }
    ImageSize own = new ImageSize(side.getAsInt(), side.getAsInt());
    List<ImageSize> sizes = render.sizes(own);
    for (ImageSize size : sizes) {
      check(
          size.equals(own),
          "--size %s: %s is a pixel-space model, whose images are %s; name a model of stage 1 with"
              + " --field for other sizes",
          size,
          render.model(),
          own);
    }
    return sizes;
  }

  private GenerationOptions options(TextToImage model, Optional<Recipe> recipe) {
    SamplingConfig sampling =
        recipe.map(Recipe::sampling).orElseGet(() -> model.defaults().sampling());
    GenerationOptions options =
        new GenerationOptions(0, sampling, Objects.requireNonNullElse(negativePrompt, ""));
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
