package io.rapd.train.stage1;

import io.rapd.core.command.OneLineErrors;
import io.rapd.train.loop.RunOptions;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code rapd train-stage1}: learns a neural image field from images. */
@Command(
    name = "train-stage1",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Trains the neural image field (encoder and renderer) on images.")
public final class TrainStage1 implements Callable<Integer> {
  @Mixin private RunOptions options = new RunOptions();

  /** Runs the command and exits. */
  public static void main(String... arguments) {
    System.exit(OneLineErrors.execute(new TrainStage1(), arguments));
  }

  @Override
  public Integer call() {
    Stage1Config config = options.config(Stage1Config.class);
    Path model =
        new Stage1Training(config, options.compute().device(), options.compute().precision())
            .run(options.out(), options.resume());
    System.out.println(model);
    return 0;
  }
}
