package io.rapd.cli;

import io.rapd.core.nn.Weights;
import io.rapd.infer.LoadOptions;
import io.rapd.train.command.ComputeOptions;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How a text-to-image model is loaded, as a picocli mixin. */
final class LoadingOptions {
  @Option(
      names = "--weights",
      paramLabel = "FORM",
      defaultValue = "full",
      description =
          "full, or int8: large matrices of denoiser and Qwen3 in 8 bits, for less memory and"
              + " slower steps (default: ${DEFAULT-VALUE})")
  private Weights weights = Weights.FULL;

  @Option(
      names = "--text-encoder",
      paramLabel = "DIR",
      description =
          "folder of the Qwen3 text encoder (default: the folder it had in training, recorded in"
              + " the model)")
  private @Nullable Path textEncoder;

  @Option(
      names = "--field",
      paramLabel = "DIR",
      description =
          "for a pixel-space model: a model of stage 1, or the folder of its run, whose encoder"
              + " takes the images and whose renderer gives the sizes (default: none, the images"
              + " keep the model's own size)")
  private @Nullable Path field;

  /** The device and precision of a command, everything else as by default. */
  static LoadOptions of(ComputeOptions compute) {
    return LoadOptions.defaults().withDevice(compute.device()).withPrecision(compute.precision());
  }

  /** Options with these in place of their own. */
  LoadOptions in(LoadOptions options) {
    return new LoadOptions(
        options.device(),
        options.precision(),
        weights,
        Optional.ofNullable(textEncoder),
        Optional.ofNullable(field));
  }
}
