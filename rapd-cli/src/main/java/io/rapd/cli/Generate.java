package io.rapd.cli;

import io.rapd.core.image.RgbImage;
import io.rapd.infer.GenerationOptions;
import io.rapd.infer.ImageField;
import io.rapd.infer.TextToImage;
import io.rapd.train.command.Progress;
import java.nio.file.Path;
import java.util.List;
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
      names = "--text-encoder",
      paramLabel = "DIR",
      description =
          "folder of the Qwen3 text encoder (default: the folder it had in training, recorded in"
              + " the model)")
  private @Nullable Path textEncoder;

  @Override
  public void run() {
    List<ImageSize> sizes = render.sizes(DEFAULT_SIZE);
    OutputFolder folder = render.output();
    for (String prompt : prompts) {
      seeds.forEach(seed -> sizes.forEach(s -> folder.place(ImageFileName.of(prompt, seed, s))));
    }
    try (TextToImage model = TextToImage.load(render.model(), render.loading(textEncoder));
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

  private static RgbImage render(ImageField field, ImageSize size, Progress progress) {
    return field.renderAtResolution(
        size.height(), size.width(), (done, all) -> progress.at("tile of " + size, done, all));
  }

  private GenerationOptions options(TextToImage model) {
    GenerationOptions options = model.defaults().withNegativePrompt(negativePrompt);
    if (steps != null) {
      options = options.withSteps(steps);
    }
    return guidance == null ? options : options.withGuidance(guidance);
  }
}
