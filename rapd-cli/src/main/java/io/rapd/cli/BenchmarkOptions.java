package io.rapd.cli;

import static io.rapd.core.config.Check.check;
import static io.rapd.core.text.Messages.message;

import io.rapd.core.checkpoint.TrainedModel;
import io.rapd.core.image.RgbImage;
import io.rapd.eval.benchmark.BenchmarkPrompt;
import io.rapd.eval.benchmark.SampleFolder;
import io.rapd.eval.benchmark.SampleFolder.Layout;
import io.rapd.infer.ImageField;
import io.rapd.infer.TextToImage;
import io.rapd.train.command.Progress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.LongStream;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What GenEval and DPG-Bench share: samples of prompts, or rows of a scorer's results. */
final class BenchmarkOptions {
  static final String DESCRIPTION =
      "Generates the samples of the benchmark in the layout that its scorer reads, OUT/WIDTHxHEIGHT"
          + " for each size, all from the same latents; seeds are recorded in OUT/seeds.csv. Called"
          + " again, it continues where it was stopped. The scorer's results become a table with"
          + " rapd evaluate geneval-scores or dpg-scores.";

  private static final ImageSize DEFAULT_SIZE = new ImageSize(512, 512);

  @Mixin private RenderOptions render = new RenderOptions();

  @Option(
      names = "--samples",
      defaultValue = "4",
      paramLabel = "N",
      description = "images per prompt (default: ${DEFAULT-VALUE})")
  private int samples = 4;

  @Option(
      names = "--seed",
      defaultValue = "0",
      paramLabel = "N",
      description =
          "seed of the first sample; those of the others follow (default: ${DEFAULT-VALUE})")
  private long seed;

  @Option(names = "--flat", description = "name files by seed, as PixelGen does")
  private boolean flat;

  @Mixin private LoadingOptions loading = new LoadingOptions();

  boolean flat() {
    return flat;
  }

  /** Generates what is missing. */
  void generate(List<BenchmarkPrompt> prompts, Layout layout) {
    check(samples >= 1, "--samples must be positive, got %d", samples);
    check(
        layout != Layout.DPG || samples <= 4,
        "--samples must be at most 4, which a grid of DPG-Bench holds, got %d",
        samples);
    Path out = render.outputPath();
    render.output();
    List<Long> seeds = LongStream.range(seed, seed + samples).boxed().toList();
    List<ImageSize> sizes = render.sizes(DEFAULT_SIZE);
    Path folder = render.model();
    String sha256 = TrainedModel.open(folder).weightsSha256();
    String settings = message("%s %s (SHA-256 %s)", layout, folder, sha256);
    SampleFolder.recordSeeds(out.resolve("seeds.csv"), settings, prompts, seeds);
    Function<ImageSize, SampleFolder> samplesOf =
        size -> new SampleFolder(out.resolve(size.toString()), layout);
    try (TextToImage model = TextToImage.load(folder, loading.in(render.loading()));
        Progress progress = new Progress("generate")) {
      int done = 0;
      for (BenchmarkPrompt prompt : prompts) {
        List<ImageSize> missing =
            sizes.stream().filter(size -> !samplesOf.apply(size).holds(prompt, seeds)).toList();
        if (!missing.isEmpty()) {
          write(model, prompt, seeds, missing, samplesOf);
        }
        progress.at("prompt", ++done, prompts.size());
      }
    }
    sizes.forEach(size -> System.out.println(out.resolve(size.toString())));
  }

  private static void write(
      TextToImage model,
      BenchmarkPrompt prompt,
      List<Long> seeds,
      List<ImageSize> sizes,
      Function<ImageSize, SampleFolder> folder) {
    List<ImageField> fields = new ArrayList<>();
    try {
      for (long one : seeds) {
        fields.add(model.generate(prompt.text(), model.defaults().withSeed(one)));
      }
      for (ImageSize size : sizes) {
        List<RgbImage> images = new ArrayList<>();
        for (ImageField field : fields) {
          images.add(field.renderAtResolution(size.height(), size.width()));
        }
        folder.apply(size).write(prompt, seeds, images);
      }
    } finally {
      fields.forEach(ImageField::close);
    }
  }

  /** Scores as a Markdown table of one row. */
  static String row(Map<String, Double> scores) {
    StringBuilder head = new StringBuilder("|");
    StringBuilder rule = new StringBuilder("|");
    StringBuilder row = new StringBuilder("|");
    scores.forEach(
        (column, value) -> {
          head.append(" ").append(column).append(" |");
          rule.append("---:|");
          row.append(message(" %.2f |", value));
        });
    return head + "\n" + rule + "\n" + row;
  }
}
