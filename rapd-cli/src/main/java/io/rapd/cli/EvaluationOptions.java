package io.rapd.cli;

import static io.rapd.core.text.Messages.message;

import io.rapd.core.checkpoint.TrainedModel;
import io.rapd.infer.LoadOptions;
import io.rapd.train.command.ComputeOptions;
import io.rapd.train.data.ImageTextSource;
import io.rapd.train.data.Split;
import java.nio.file.Path;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The set, the output folder and the device of an evaluation, as a picocli mixin. */
final class EvaluationOptions {
  @Option(
      names = "--data",
      required = true,
      paramLabel = "SET",
      description =
          "images, with captions where these are needed: a folder, shards, or"
              + " embedded:fluent-emoji")
  private String data = "";

  @Option(names = "--out", required = true, paramLabel = "DIR", description = "output folder")
  private Path out = Path.of("");

  @Mixin private ComputeOptions compute = new ComputeOptions();

  /** The output folder, made if it is not there. */
  Path output() {
    OutputFolder.open(out);
    return out;
  }

  String data() {
    return data;
  }

  /** A split of the set; captions may be missing. */
  ImageTextSource source(Split split) {
    return ImageTextSource.open(data, split, false);
  }

  ComputeOptions compute() {
    return compute;
  }

  LoadOptions loading() {
    return LoadingOptions.of(compute);
  }

  /** How reports and records name a model: its folder and the digest of its weights. */
  static String identity(Path shown, TrainedModel model) {
    return message("%s (SHA-256 %s)", shown, model.weightsSha256());
  }
}
