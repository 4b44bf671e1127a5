package io.rapd.train.stage2;

import io.rapd.core.command.OneLineErrors;
import io.rapd.train.loop.RunOptions;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code rapd train-stage2}: learns to generate the fields of stage 1 from text. */
@Command(
    name = "train-stage2",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Trains the denoiser on captioned images, given a field of train-stage1.")
public final class TrainStage2 implements Callable<Integer> {
  @Mixin private RunOptions options = new RunOptions();

  /** Runs the command and exits. */
  public static void main(String... arguments) {
    System.exit(OneLineErrors.execute(new TrainStage2(), arguments));
  }

  @Override
  public Integer call() {
    Stage2Config config = options.config(Stage2Config.class);
    Path model =
        new Stage2Training(config, options.compute().device(), options.compute().precision())
            .run(options.out(), options.resume());
    System.out.println(model);
    return 0;
  }
}
