package io.rapd.infer.command;

import io.rapd.core.command.ComputeOptions;
import io.rapd.core.image.RgbImage;
import io.rapd.infer.GenerationOptions;
import io.rapd.infer.LoadOptions;
import io.rapd.infer.TextToImage;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code rapd generate}. */
@Command(
    name = "generate",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Turns prompts into images, each at every size asked for, all sizes from one latent.",
      "Writes PROMPT_seed-SEED_WIDTHxHEIGHT.png, where PROMPT holds the prompt's letters and digits"
          + " and, where these are not all of it, a checksum. Prints the path of each file."
    })
public final class Generate implements Runnable {
  @Option(
      names = "--model",
      required = true,
      paramLabel = "DIR",
      description =
          "a trained text-to-image model (a folder with nif/ and denoiser/), or its training run")
  private Path model = Path.of("");

  @Option(
      names = "--prompt",
      required = true,
      paramLabel = "TEXT",
      description = "what to show; may be given several times")
  private List<String> prompts = List.of();

  @Option(
      names = "--size",
      paramLabel = "SIZE",
      defaultValue = "512",
      converter = ImageSize.Converter.class,
      description =
          "N for a square or WIDTHxHEIGHT, in pixels; may be given several times (default:"
              + " ${DEFAULT-VALUE})")
  private List<ImageSize> sizes = List.of();

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "0",
      description =
          "of the noise; may be given several times, for several images a prompt (default:"
              + " ${DEFAULT-VALUE})")
  private List<Long> seeds = List.of();

  @Option(
      names = "--steps",
      paramLabel = "N",
      description = "of the solver (default: recorded in the model)")
  private @Nullable Integer steps;

  @Option(
      names = "--guidance",
      paramLabel = "SCALE",
      description =
          "how strongly to follow the prompt; 1 turns guidance off (default: recorded in the"
              + " model)")
  private @Nullable Double guidance;

  @Option(
      names = "--negative-prompt",
      paramLabel = "TEXT",
      defaultValue = "",
      description = "what guidance leads away from (default: the empty prompt)")
  private String negativePrompt = "";

  @Option(
      names = "--text-encoder",
      paramLabel = "DIR",
      description = "where the Qwen3 text encoder is now, if not where it was in training")
  private @Nullable Path textEncoder;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      defaultValue = ".",
      description = "where images go; files of the same name are replaced (default: here)")
  private Path out = Path.of("");

  @Mixin private ComputeOptions compute = new ComputeOptions();

  @Spec private @Nullable CommandSpec spec;

  @Override
  public void run() {
    sizes.forEach(ImageSize::requireHeap);
    OutputFolder folder = OutputFolder.open(out);
    for (String prompt : prompts) {
      seeds.forEach(seed -> sizes.forEach(s -> folder.place(ImageFileName.of(prompt, seed, s))));
    }
    LoadOptions options =
        new LoadOptions(compute.device(), compute.precision(), Optional.ofNullable(textEncoder));
    try (TextToImage pipeline = TextToImage.load(model, options)) {
      GenerationOptions common = common(pipeline);
      for (long seed : seeds) {
        generate(pipeline, common.withSeed(seed), folder);
      }
    }
  }

  private GenerationOptions common(TextToImage pipeline) {
    GenerationOptions options = pipeline.defaults().withNegativePrompt(negativePrompt);
    if (steps != null) {
      options = options.withSteps(steps);
    }
    return guidance == null ? options : options.withGuidance(guidance);
  }

  private void generate(TextToImage pipeline, GenerationOptions options, OutputFolder folder) {
    Progress progress = new Progress(err());
    pipeline.generate(
        prompts,
        options,
        (done, all, latent) -> progress.show("step", done, all),
        (field, prompt) -> {
          try (field) {
            for (ImageSize size : sizes) {
              RgbImage image =
                  field.renderAtResolution(
                      size.height(),
                      size.width(),
                      (done, all) -> progress.show("rendering " + size + ", tile", done, all));
              String name = ImageFileName.of(prompts.get(prompt), options.seed(), size);
              out().println(folder.write(image, name));
            }
          }
        });
  }

  private PrintWriter out() {
    return Objects.requireNonNull(spec).commandLine().getOut();
  }

  private PrintWriter err() {
    return Objects.requireNonNull(spec).commandLine().getErr();
  }
}
