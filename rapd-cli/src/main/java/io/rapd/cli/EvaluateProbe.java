package io.rapd.cli;

import static io.rapd.core.config.Check.check;

import io.rapd.core.checkpoint.TrainedModel;
import io.rapd.eval.probe.Labels;
import io.rapd.eval.probe.ProbeEvaluation;
import io.rapd.eval.probe.ProbeReport;
import io.rapd.eval.probe.ProbeResult;
import io.rapd.infer.ImageToField;
import io.rapd.infer.LoadOptions;
import io.rapd.train.command.Progress;
import io.rapd.train.data.ImageTextSource;
import io.rapd.train.data.Split;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code rapd evaluate probe}. */
@Command(
    name = "probe",
    sortOptions = false,
    description = {
      "Fits a linear classifier (Deeplearning4j) on the pooled latents of each model's training"
          + " images and measures it on the others: accuracy, F1, confusion matrix.",
      "Writes table.csv, table.md, classes.csv and report.html, and prints the table."
    })
final class EvaluateProbe implements Runnable {
  @Option(
      names = "--model",
      paramLabel = "NAME=DIR",
      description =
          "a model of stage 1 or stage 2, or the folder of its training run, and its name in the"
              + " table; may be repeated (default: pixels alone)")
  private Map<String, Path> models = new LinkedHashMap<>();

  @Mixin private EvaluationOptions evaluated = new EvaluationOptions();

  @Option(
      names = "--labels",
      defaultValue = "emoji",
      paramLabel = "SOURCE",
      description =
          "the class of an image: emoji, the emoji's group by the code points at the start of the"
              + " key; folder, the folder above the file; or a file of lines KEY,CLASS (default:"
              + " ${DEFAULT-VALUE})")
  private String labels = "emoji";

  @Option(
      names = "--size",
      defaultValue = "128",
      paramLabel = "N",
      description = "pixels per side at which images are encoded (default: ${DEFAULT-VALUE})")
  private int size = 128;

  @Option(
      names = "--pool",
      defaultValue = "4",
      paramLabel = "N",
      description = "latents are averaged over N x N cells (default: ${DEFAULT-VALUE})")
  private int grid = 4;

  @Option(
      names = "--l2",
      defaultValue = "0.01",
      paramLabel = "X",
      description = "weight of the squared weights of the classifier (default: ${DEFAULT-VALUE})")
  private double l2 = 0.01;

  @Override
  public void run() {
    check(!models.containsKey("pixels"), "--model pixels=...: this name is the baseline's");
    Path out = evaluated.output();
    ImageTextSource source = evaluated.source(Split.ALL);
    ProbeEvaluation evaluation = new ProbeEvaluation(source, labels(), size, grid, l2);
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("set", source.description());
    facts.put("classes", labels);
    facts.put("pooling", size + " pixels per side, " + grid + " x " + grid + " cells");
    facts.put("l2", String.valueOf(l2));
    LoadOptions loading = evaluated.loading();
    List<ProbeResult> results = new ArrayList<>();
    try (Progress progress = new Progress("evaluate")) {
      int count = evaluation.count();
      results.add(evaluation.pixels(done -> progress.at("image", done, count)));
      models.forEach(
          (name, folder) -> {
            facts.put(name, EvaluationOptions.identity(folder, TrainedModel.open(folder)));
            try (ImageToField model = ImageToField.load(folder, loading)) {
              results.add(
                  evaluation.latents(
                      name, model, done -> progress.at("image of " + name, done, count)));
            }
          });
    }
    facts.put("computed on", evaluated.compute().describe());
    ProbeReport report = new ProbeReport(evaluation, results, facts);
    Path page = report.write(out);
    System.out.print(report.table().markdown());
    System.out.println(page);
  }

  private Labels labels() {
    return switch (labels) {
      case "emoji" -> Labels.emojiGroups();
      case "folder" -> Labels.folders();
      default -> Labels.file(Path.of(labels));
    };
  }
}
