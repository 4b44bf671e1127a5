package io.rapd.train.stage2;

import io.rapd.train.command.OneLineErrors;
import io.rapd.train.command.RunOptions;
import io.rapd.train.ranks.ProcessRanks;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code rapd train-stage2}: trains a denoiser of the latents of stage 1 on captioned images. */
@Command(
    name = "train-stage2",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Trains the denoiser on captioned images, with the image field of train-stage1.")
public final class TrainStage2 implements Runnable {
  @Mixin private RunOptions options = new RunOptions();

  /** Runs the command and exits. */
  public static void main(String... arguments) {
    System.exit(OneLineErrors.execute(new TrainStage2(), arguments));
  }

  @Override
  public void run() {
    Stage2Config config = options.config(Stage2Config.class);
    try (ProcessRanks process = ProcessRanks.open()) {
      System.out.println(
          process.run(
              () ->
                  new Stage2Training(config, process.device(options.deviceName()), process.ranks())
                      .run(options.out(), options.resume())));
    }
  }
}
