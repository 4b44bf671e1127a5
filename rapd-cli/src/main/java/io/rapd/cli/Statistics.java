package io.rapd.cli;

import ai.djl.ndarray.NDManager;
import io.rapd.core.checkpoint.TrainedModel;
import io.rapd.core.config.ConfigFile;
import io.rapd.core.torch.NativeRuntime;
import io.rapd.core.torch.Precision;
import io.rapd.nif.LatentStatistics;
import io.rapd.nif.NifFolder;
import io.rapd.train.command.ComputeOptions;
import io.rapd.train.data.DataConfig;
import io.rapd.train.data.Split;
import io.rapd.train.loop.Ranks;
import io.rapd.train.ranks.ProcessRanks;
import io.rapd.train.stage1.LatentSurvey;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code rapd statistics}. */
@Command(
    name = "statistics",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description =
        "Copies a field with latent statistics measured at another size. Stage 2 needs those of its"
            + " own denoiser.latentSize. Prints mean and std per channel. Processes started by mpirun"
            + " or srun divide the images.")
final class Statistics implements Runnable {
  @Option(
      names = "--model",
      required = true,
      paramLabel = "DIR",
      description = "a model of stage 1 or stage 2, or the folder of its run")
  private Path model = Path.of("");

  @Option(
      names = "--data",
      required = true,
      paramLabel = "SET",
      description =
          "the training images: a folder, shards or embedded:fluent-emoji, as data.location")
  private String data = "";

  @Option(
      names = "--size",
      required = true,
      paramLabel = "N",
      description = "side in pixels of the squares to encode: denoiser.latentSize of stage 2")
  private int size;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "folder of the new field; an older model there is replaced")
  private Path out = Path.of("");

  @Option(
      names = "--images",
      paramLabel = "N",
      defaultValue = "0",
      description = "most images to take, at random; 0 for the whole set (default: 0)")
  private int images;

  @Option(
      names = "--set",
      paramLabel = "PATH=VALUE",
      description =
          "how the set is read: a field of data, such as train=all or stream.streams=1 to read"
              + " shards one at a time; may be repeated (default: the training split)")
  private List<String> overrides = new ArrayList<>();

  @Mixin private ComputeOptions compute = new ComputeOptions();

  @Override
  public void run() {
    LatentSurvey survey = new LatentSurvey(size, images, 0);
    DataConfig set = ConfigFile.parse("--set", dataJson(), DataConfig.class, allOverrides());
    try (ProcessRanks process = ProcessRanks.open()) {
      process.run(() -> measure(survey, set, process));
    }
  }

  private Path measure(LatentSurvey survey, DataConfig set, ProcessRanks process) {
    Ranks ranks = process.ranks();
    try (NDManager manager = NativeRuntime.newManager(process.device(compute.deviceName()))) {
      NifFolder nif =
          ranks.together(
              () -> NifFolder.load(TrainedModel.open(model).nif(), Precision.FLOAT32, manager));
      LatentStatistics measured = survey.of(nif.field(), set, ranks, manager, SkippedImages.LISTED);
      return ranks.together(() -> ranks.isFirst() ? write(nif, measured) : out);
    }
  }

  private Path write(NifFolder nif, LatentStatistics measured) {
    NifFolder.write(
        out,
        new NifFolder.Description(
            nif.description().nif(),
            measured,
            nif.description().provenance(),
            nif.description().trainedScale()),
        nif.field().values());
    for (int c = 0; c < measured.mean().size(); c++) {
      System.out.println(
          String.format(
              Locale.ROOT,
              "channel %d: mean %.6f, std %.6f",
              c,
              measured.mean().get(c),
              measured.std().get(c)));
    }
    System.out.println(out);
    return out;
  }

  private static String dataJson() {
    return "{\"location\": \"\", \"train\": \""
        + Split.TRAIN.name().toLowerCase(Locale.ROOT)
        + "\", \"validation\": \"all\"}";
  }

  private List<String> allOverrides() {
    List<String> all = new ArrayList<>(List.of("location=" + data));
    all.addAll(overrides);
    return all;
  }
}
