package io.rapd.cli;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import io.rapd.core.checkpoint.TensorType;
import io.rapd.core.torch.NativeRuntime;
import io.rapd.core.torch.Precision;
import io.rapd.core.torch.PrecisionChoice;
import io.rapd.dit.text.TextEncoder;
import io.rapd.nif.NifFolder;
import io.rapd.train.command.ComputeOptions;
import io.rapd.train.command.ConfigOptions;
import io.rapd.train.prepare.Preparation;
import io.rapd.train.prepare.PreparationInput;
import io.rapd.train.ranks.ProcessRanks;
import io.rapd.train.stage2.Stage2Config;
import java.nio.file.Path;
import java.util.Optional;
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
            + " interrupted run continues where it stopped. Processes started by mpirun or srun"
            + " divide the work.")
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
      description =
          "also store the teacher's features of every image (large) (default: not stored)")
  private boolean features;

  @Option(
      names = "--latents",
      description =
          "also store the latent of every image, encoded by the configuration's field: training"
              + " then reads and encodes no images, unless a teacher needs them (default: not"
              + " stored)")
  private boolean latents;

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
    PreparationInput input = stage2.toPrepare(features, latents);
    try (ProcessRanks process = ProcessRanks.open()) {
      System.out.println(process.run(() -> prepare(stage2, input, process)));
    }
  }

  private Path prepare(Stage2Config stage2, PreparationInput input, ProcessRanks process) {
    Device device = process.device(compute.deviceName());
    Precision precision = compute.given().orElse(PrecisionChoice.FLOAT32).on(device);
    Preparation preparation = new Preparation(out, type, batch, shard, process.ranks());
    try (NDManager manager = NativeRuntime.newManager(device);
        TextEncoder encoder =
            process.ranks().together(() -> input.text().open(precision, device))) {
      Optional<NifFolder> field =
          process
              .ranks()
              .together(() -> latents ? Optional.of(stage2.openField(manager)) : Optional.empty());
      preparation.run(input, encoder, field, precision, manager);
      return out;
    }
  }
}
