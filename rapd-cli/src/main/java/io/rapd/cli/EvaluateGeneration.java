package io.rapd.cli;

import static io.rapd.core.config.Check.check;

import ai.djl.Device;
import io.rapd.core.checkpoint.TrainedModel;
import io.rapd.eval.generation.GeneratedImage;
import io.rapd.eval.generation.GenerationEvaluation;
import io.rapd.eval.generation.GenerationReport;
import io.rapd.eval.generation.GenerationSettings;
import io.rapd.eval.metric.FrechetComparison;
import io.rapd.eval.metric.InceptionFeatures;
import io.rapd.infer.GenerationOptions;
import io.rapd.infer.ImageToField;
import io.rapd.infer.LoadOptions;
import io.rapd.infer.TextToImage;
import io.rapd.train.command.Progress;
import io.rapd.train.data.ImageTextSource;
import io.rapd.train.data.Split;
import io.rapd.train.ranks.ProcessRanks;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code rapd evaluate generation}. */
@Command(
    name = "generation",
    sortOptions = false,
    description = {
      "Generates images from captions of a set and compares them with its images: is the nearest one"
          + " the caption's own, is it a copy of a training image, and with an InceptionV3 file the"
          + " Frechet distance between both sets.",
      "Writes images/, values.jsonl, images.csv, table.csv, table.md, frechet.csv, sheet.png and"
          + " report.html, and prints the tables. Called again, it continues where it was stopped.",
      "Processes started by mpirun or srun divide the captions."
    })
final class EvaluateGeneration implements Runnable {
  @Option(
      names = "--model",
      required = true,
      paramLabel = "DIR",
      description = "a text-to-image model, or the folder of its training run")
  private Path model = Path.of("");

  @Mixin private EvaluationOptions evaluated = new EvaluationOptions();

  @Option(
      names = "--split",
      defaultValue = "test",
      paramLabel = "NAME",
      description =
          "train, validation, test or all: where the captions are from (default: ${DEFAULT-VALUE})")
  private Split split = Split.TEST;

  @Option(
      names = "--trained-on",
      defaultValue = "train",
      paramLabel = "NAME",
      description = "the split that the model was trained on (default: ${DEFAULT-VALUE})")
  private Split trainedOn = Split.TRAIN;

  @Option(
      names = "--keys",
      defaultValue = "",
      paramLabel = "REGEX",
      description = "only samples in whose key this expression is found (default: all)")
  private Pattern keys = Pattern.compile("");

  @Option(
      names = "--captions",
      defaultValue = "100",
      paramLabel = "N",
      description =
          "at most so many, spread evenly over the split in its order (default: ${DEFAULT-VALUE})")
  private int captions = 100;

  @Option(
      names = "--seed",
      defaultValue = "0",
      paramLabel = "N",
      description = "seed of the first caption; the others follow (default: ${DEFAULT-VALUE})")
  private long seed;

  @Option(
      names = "--size",
      defaultValue = "256",
      paramLabel = "N",
      description = "pixels per side of the images (default: ${DEFAULT-VALUE})")
  private int size = 256;

  @Option(
      names = "--candidates",
      defaultValue = "10000",
      paramLabel = "N",
      description =
          "compare with at most so many images, spread evenly over the set (default:"
              + " ${DEFAULT-VALUE})")
  private int candidates = 10_000;

  @Option(
      names = "--pool",
      defaultValue = "4",
      paramLabel = "N",
      description = "latents are averaged over N x N cells (default: ${DEFAULT-VALUE})")
  private int grid = 4;

  @Option(
      names = "--reference",
      paramLabel = "FILE",
      description =
          "statistics of the images to compare with, .npz (default: the images of --split)")
  private @Nullable Path reference;

  @Mixin private InceptionOptions inception = new InceptionOptions();
  @Mixin private SamplingOptions sampling = new SamplingOptions();

  @Mixin private LoadingOptions loading = new LoadingOptions();

  @Override
  public void run() {
    try (ProcessRanks process = ProcessRanks.open()) {
      process.run(() -> evaluate(process));
    }
  }

  private Path evaluate(ProcessRanks process) {
    Device device = process.device(evaluated.compute().deviceName());
    Path out = evaluated.output();
    ImageTextSource source = evaluated.source(Split.ALL);
    GenerationSettings settings =
        new GenerationSettings(split, trainedOn, keys, captions, seed, size, candidates, grid);
    GenerationEvaluation evaluation = new GenerationEvaluation(source, settings);
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("set", source.description());
    LoadOptions options = loading.in(evaluated.loading().withDevice(device));
    Optional<InceptionFeatures> network = inception.load(device);
    try (Progress progress = new Progress("evaluate")) {
      List<GeneratedImage> images;
      try (ModelSource found = ModelSource.open(model)) {
        requireSize(TextToImage.fixedSize(found.folder(), options));
        facts.put("model", EvaluationOptions.identity(model, TrainedModel.open(found.folder())));
        options.field().ifPresent(field -> facts.put("field", field.toString()));
        images = generate(evaluation, out, found.folder(), options, facts, process, progress);
      }
      if (!process.ranks().isFirst()) {
        return out; // the first one measures and reports what all have generated
      }
      List<FrechetComparison> frechet =
          network
              .map(n -> new GenerationDistances(evaluation, out, n, progress))
              .map(d -> d.measure(inception.patches(), Optional.ofNullable(reference)))
              .orElse(List.of());
      network.ifPresent(n -> facts.put("Inception SHA-256", n.digest()));
      facts.put("computed on", evaluated.compute().describe());
      GenerationReport report = new GenerationReport(evaluation, images, frechet, facts);
      Path page = report.write(out);
      progress.close();
      System.out.print(report.markdown());
      System.out.println(page);
      return page;
    } finally {
      network.ifPresent(InceptionFeatures::close);
    }
  }

  private List<GeneratedImage> generate(
      GenerationEvaluation evaluation,
      Path out,
      Path folder,
      LoadOptions options,
      Map<String, String> facts,
      ProcessRanks process,
      Progress progress) {
    try (TextToImage loaded = TextToImage.load(folder, options);
        ImageToField encoder = ImageToField.load(options.field().orElse(folder), options)) {
      GenerationOptions generation = sampling.of(loaded, Optional.empty());
      facts.put("sampling", generation.sampling().toString());
      facts.put("negative prompt", generation.negativePrompt());
      return evaluation.run(
          out,
          facts,
          loaded,
          generation,
          encoder,
          process.ranks(),
          (what, done) ->
              progress.at(
                  what, done, what.equals("image") ? evaluation.count() : evaluation.candidates()));
    }
  }

  private void requireSize(OptionalInt own) {
    check(
        own.isEmpty() || own.getAsInt() == size,
        "--size %d: %s is a pixel-space model, whose images have %d pixels per side; name a model of"
            + " stage 1 with --field for other sizes",
        size,
        model,
        own.orElse(0));
  }
}
