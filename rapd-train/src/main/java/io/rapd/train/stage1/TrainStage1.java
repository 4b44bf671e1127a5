package io.rapd.train.stage1;

import io.rapd.train.command.OneLineErrors;
import io.rapd.train.command.RunOptions;
import io.rapd.train.ranks.ProcessRanks;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code rapd train-stage1}: trains a neural image field on images. */
@Command(
    name = "train-stage1",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Trains the neural image field (encoder and renderer) on images.")
public final class TrainStage1 implements Runnable {
  @Mixin private RunOptions options = new RunOptions();

  /** Runs the command and exits. */
  public static void main(String... arguments) {
    System.exit(OneLineErrors.execute(new TrainStage1(), arguments));
  }

  @Override
  public void run() {
    Stage1Config config = options.config(Stage1Config.class);
    try (ProcessRanks process = ProcessRanks.open()) {
      System.out.println(
          process.run(
              () ->
                  new Stage1Training(config, process.device(options.deviceName()), process.ranks())
                      .run(options.out(), options.resume())));
    }
  }
}
