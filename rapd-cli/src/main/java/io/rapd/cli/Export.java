package io.rapd.cli;

import io.rapd.train.command.ComputeOptions;
import io.rapd.train.loop.SavedWeights;
import io.rapd.train.stage1.Stage1Config;
import io.rapd.train.stage1.Stage1Export;
import io.rapd.train.stage2.Stage2Config;
import io.rapd.train.stage2.Stage2Export;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code rapd export}. */
@Command(
    name = "export",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description =
        "Makes a model of a checkpoint, from its averaged weights. The run may be in progress; its"
            + " folder is only read. A checkpoint of stage 1 also needs the training images, for"
            + " the latent statistics; one of stage 2 needs the field that it was trained with.")
final class Export implements Runnable {
  @Option(
      names = "--checkpoint",
      required = true,
      paramLabel = "DIR",
      description =
          "RUN/checkpoints/step-NNNNNNNN, or the folder RUN itself for its newest checkpoint")
  private Path checkpoint = Path.of("");

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "the model's folder; an older model there is replaced")
  private Path out = Path.of("");

  @Option(
      names = "--set",
      paramLabel = "PATH=VALUE",
      description =
          "overrides a field of the checkpoint's configuration, such as data.location or field"
              + " where these have moved; may be repeated (default: none)")
  private List<String> overrides = new ArrayList<>();

  @Mixin private ComputeOptions compute = new ComputeOptions();

  @Override
  public void run() {
    try (SavedWeights weights = SavedWeights.open(checkpoint)) {
      weights.verify();
      write(weights, out);
      System.err.println(weights.folder() + ": step " + weights.step());
      System.out.println(out);
    }
  }

  private void write(SavedWeights weights, Path model) {
    if (weights.hasDenoiser()) {
      Stage2Export.write(weights, weights.config(Stage2Config.class, overrides), model);
    } else {
      Stage1Config config = weights.config(Stage1Config.class, overrides);
      Stage1Export.write(weights, config, model, compute.device(), SkippedImages.LISTED);
    }
  }
}
