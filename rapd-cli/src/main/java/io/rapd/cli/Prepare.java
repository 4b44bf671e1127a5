package io.rapd.cli;

import static io.rapd.core.config.Check.check;

import io.rapd.core.checkpoint.TensorType;
import io.rapd.nif.teacher.TeacherConfig;
import io.rapd.train.command.ComputeOptions;
import io.rapd.train.command.ConfigOptions;
import io.rapd.train.prepare.Preparation;
import io.rapd.train.stage2.Stage2Config;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code rapd prepare}: stores text states and teacher features of a data set. */
@Command(
    name = "prepare",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description =
        "Runs stage 2's frozen networks over its data set once and stores their outputs, given a"
            + " configuration of train-stage2. An"
            + " interrupted run continues where it stopped.")
final class Prepare implements Runnable {
  @Mixin private ConfigOptions config = new ConfigOptions();

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "the prepared folder, for the field prepared.path of the configuration")
  private Path out = Path.of("");

  @Option(
      names = "--features",
      description = "also store the teacher's features of every image (large)")
  private boolean features;

  @Option(
      names = "--store",
      defaultValue = "F32",
      paramLabel = "TYPE",
      description = "F32 (exact), F16 or BF16 (half the size) (default: ${DEFAULT-VALUE})")
  private TensorType type = TensorType.F32;

  @Option(
      names = "--batch",
      defaultValue = "16",
      paramLabel = "N",
      description = "prompts or images per batch (default: ${DEFAULT-VALUE})")
  private int batch = 16;

  @Option(
      names = "--shard",
      defaultValue = "256",
      paramLabel = "N",
      description = "prompts or images per shard (default: ${DEFAULT-VALUE})")
  private int shard = 256;

  @Mixin private ComputeOptions compute = new ComputeOptions();

  @Override
  public void run() {
    Stage2Config stage2 = config.read(Stage2Config.class);
    check(
        stage2.data().stream().streams() == 0,
        "data.stream.streams must be 0 to prepare, got %d; a stream has no end, and training refuses"
            + " prepared data with streams",
        stage2.data().stream().streams());
    new Preparation(out, type, batch, shard)
        .run(
            stage2.data().openTrain(true),
            stage2.data().maxUnreadable(),
            stage2.text(),
            features ? stage2.teacher() : new TeacherConfig.None(),
            stage2.preview().prompts(),
            stage2.denoiser().latentSize(),
            stage2.denoiser().gridSize(),
            compute.precision(),
            compute.device());
    System.out.println(out);
  }
}
