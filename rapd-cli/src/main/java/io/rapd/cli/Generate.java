package io.rapd.cli;

import static io.rapd.core.config.Check.check;

import io.rapd.core.image.RgbImage;
import io.rapd.core.nn.Weights;
import io.rapd.dit.flow.NoiseSource;
import io.rapd.dit.flow.SolverType;
import io.rapd.infer.GenerationOptions;
import io.rapd.infer.ImageField;
import io.rapd.infer.LoadOptions;
import io.rapd.infer.TextToImage;
import io.rapd.train.command.Progress;
import java.nio.file.Path;
import java.util.List;
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

  @Option(
      names = "--prompt",
      required = true,
      paramLabel = "TEXT",
      description = "what to show; may be repeated")
  private List<String> prompts = List.of();

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "0",
      description =
          "seed of the noise; may be repeated, for several images per prompt (default:"
              + " ${DEFAULT-VALUE})")
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
      defaultValue = "",
      description = "what to steer away from; needs guidance (default: the empty prompt)")
  private String negativePrompt = "";

  @Option(
      names = "--weights",
      paramLabel = "FORM",
      defaultValue = "full",
      description =
          "full, or int8: large matrices of denoiser and Qwen3 in 8 bits, for less memory and"
              + " slower steps (default: ${DEFAULT-VALUE})")
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
    OutputFolder folder = render.output();
    placeAll(folder, render.sizes(DEFAULT_SIZE));
    LoadOptions loading = render.loading(weights, textEncoder, field);
    try (ModelSource source = ModelSource.open(render.model())) {
      generate(source.folder(), loading, folder);
    }
  }

  private void generate(Path source, LoadOptions loading, OutputFolder folder) {
    List<ImageSize> sizes = sizes(source, loading);
    placeAll(folder, sizes);
    try (TextToImage model = TextToImage.load(source, loading);
        Progress progress = new Progress("generate")) {
      GenerationOptions options = options(model);
      for (long seed : seeds) {
        model.generate(
            prompts,
            options.withSeed(seed),
            (done, all, latent) -> progress.at("step", done, all),
            (field, prompt) -> {
              try (field) {
                for (ImageSize size : sizes) {
                  String name = ImageFileName.of(prompts.get(prompt), seed, size);
                  Path file = folder.write(render(field, size, progress), name);
                  progress.close();
                  System.out.println(file);
                }
              }
            });
      }
    }
  }

  private void placeAll(OutputFolder folder, List<ImageSize> sizes) {
    for (String prompt : prompts) {
      seeds.forEach(seed -> sizes.forEach(s -> folder.place(ImageFileName.of(prompt, seed, s))));
    }
  }

  /** Known before anything is sampled: a pixel-space model alone has one size. */
  private List<ImageSize> sizes(Path source, LoadOptions loading) {
    OptionalInt side = TextToImage.fixedSize(source, loading);
    if (side.isEmpty()) {
      return render.sizes(DEFAULT_SIZE);
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

  private static RgbImage render(ImageField field, ImageSize size, Progress progress) {
    return field.renderAtResolution(
        size.height(), size.width(), (done, all) -> progress.at("tile of " + size, done, all));
  }

  private GenerationOptions options(TextToImage model) {
    GenerationOptions options = model.defaults().withNegativePrompt(negativePrompt);
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
