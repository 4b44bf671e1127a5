package io.rapd.cli;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import io.rapd.core.checkpoint.TrainedModel;
import io.rapd.core.image.Resampling;
import io.rapd.core.metric.Lpips;
import io.rapd.core.torch.NativeRuntime;
import io.rapd.core.torch.Precision;
import io.rapd.eval.reconstruction.Enlargement;
import io.rapd.eval.reconstruction.ReconstructionEvaluation;
import io.rapd.eval.reconstruction.ReconstructionReport;
import io.rapd.eval.reconstruction.ReconstructionTable;
import io.rapd.infer.ImageToField;
import io.rapd.infer.LoadOptions;
import io.rapd.train.command.Progress;
import io.rapd.train.data.ImageTextSource;
import io.rapd.train.data.Split;
import io.rapd.train.ranks.ProcessRanks;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code rapd evaluate reconstruction}. */
@Command(
    name = "reconstruction",
    sortOptions = false,
    description = {
      "Reduces images, enlarges them with each model, bicubic and Lanczos, and compares with the"
          + " original: PSNR, SSIM and, with weights, LPIPS.",
      "Writes values.jsonl, table.csv, table.md, sheet.png, errors.png and report.html, and prints"
          + " the table. Called again, it continues where it was stopped.",
      "Processes started by mpirun or srun divide the work."
    })
final class EvaluateReconstruction implements Runnable {
  @Option(
      names = "--model",
      paramLabel = "NAME=DIR",
      description =
          "a model of stage 1 or the folder of its training run, and its name in the table; may be"
              + " repeated (default: bicubic and Lanczos alone)")
  private Map<String, Path> models = new LinkedHashMap<>();

  @Mixin private EvaluationOptions evaluated = new EvaluationOptions();

  @Option(
      names = "--split",
      defaultValue = "all",
      paramLabel = "NAME",
      description = "train, validation, test or all (default: ${DEFAULT-VALUE})")
  private Split split = Split.ALL;

  @Option(
      names = "--images",
      defaultValue = "1000",
      paramLabel = "N",
      description = "at most so many, the first ones (default: ${DEFAULT-VALUE})")
  private int images = 1000;

  @Option(
      names = "--size",
      defaultValue = "240",
      paramLabel = "N",
      description = "pixels per side of the original, a central square (default: ${DEFAULT-VALUE})")
  private int size = 240;

  @Option(
      names = "--scale",
      split = ",",
      defaultValue = "2,3,4,6",
      paramLabel = "S",
      description = "enlargements per axis (default: ${DEFAULT-VALUE})")
  private List<Double> scales = List.of();

  @Option(
      names = "--lpips",
      paramLabel = "FILE",
      description = "VGG16 weights, to measure LPIPS (default: LPIPS is not measured)")
  private @Nullable Path lpips;

  @Override
  public void run() {
    try (ProcessRanks process = ProcessRanks.open()) {
      process.run(() -> evaluate(process));
    }
  }

  private Path evaluate(ProcessRanks process) {
    Device device = process.device(evaluated.compute().deviceName());
    Path out = evaluated.output();
    ImageTextSource source = evaluated.source(split);
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("data", evaluated.data());
    List<ImageToField> loaded = new ArrayList<>();
    try (NDManager memory = NativeRuntime.newManager(device);
        Progress progress = new Progress("evaluate")) {
      List<Enlargement> methods = new ArrayList<>();
      methods.add(Enlargement.of(Resampling.BICUBIC));
      methods.add(Enlargement.of(Resampling.LANCZOS));
      LoadOptions options = evaluated.loading().withDevice(device);
      models.forEach(
          (name, folder) -> {
            ImageToField model = ImageToField.load(folder, options);
            loaded.add(model);
            methods.add(Enlargement.of(name, model));
            settings.put(name, EvaluationOptions.identity(folder, TrainedModel.open(folder)));
          });
      Optional<Lpips> network =
          Optional.ofNullable(lpips).map(file -> Lpips.load(file, Precision.FLOAT32, memory));
      ReconstructionEvaluation evaluation =
          new ReconstructionEvaluation(source, images, size, scales, methods, network, memory);
      int count = Math.min(images, source.size());
      ReconstructionTable table =
          evaluation.run(
              out.resolve("values.jsonl"),
              settings,
              process.ranks(),
              done -> progress.at("image", done, count));
      if (!process.ranks().isFirst()) {
        return out; // the first one reports what all have measured
      }
      settings.put("set", source.description());
      settings.put("computed on", evaluated.compute().describe());
      Path report = new ReconstructionReport(evaluation, table, settings).write(out);
      progress.close();
      System.out.print(table.markdown());
      System.out.println(report);
      return report;
    } finally {
      loaded.forEach(ImageToField::close);
    }
  }
}
