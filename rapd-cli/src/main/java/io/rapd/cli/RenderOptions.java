package io.rapd.cli;

import io.rapd.core.nn.Weights;
import io.rapd.infer.LoadOptions;
import io.rapd.train.command.ComputeOptions;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * The options of commands that render with a trained model. {@code help.properties} describes those
 * whose meaning or default depends on the command.
 */
final class RenderOptions {
  @Option(names = "--model", required = true, paramLabel = "DIR", descriptionKey = "model")
  private Path model = Path.of("");

  @Option(
      names = "--size",
      paramLabel = "SIZE",
      converter = ImageSize.Converter.class,
      descriptionKey = "size")
  private List<ImageSize> sizes = List.of();

  @Option(
      names = "--out",
      paramLabel = "DIR",
      defaultValue = ".",
      description = "output folder; files of the same name are replaced (default: here)")
  private Path out = Path.of("");

  @Mixin private ComputeOptions compute = new ComputeOptions();

  /** Of a model, or of the training run that wrote it. */
  Path model() {
    return model;
  }

  /**
   * The sizes to render.
   *
   * @param otherwise the size where none is given
   * @throws IllegalArgumentException if one does not fit the Java heap
   */
  List<ImageSize> sizes(ImageSize otherwise) {
    List<ImageSize> chosen = sizes.isEmpty() ? List.of(otherwise) : sizes;
    chosen.forEach(ImageSize::requireHeap);
    return chosen;
  }

  /** The path of the output folder. */
  Path outputPath() {
    return out;
  }

  /** The output folder, which exists and can be written to. */
  OutputFolder output() {
    return OutputFolder.open(out);
  }

  /** Device, precision, weights, text encoder and image field. */
  LoadOptions loading(Weights weights, @Nullable Path textEncoder, @Nullable Path field) {
    return new LoadOptions(
        compute.device(),
        compute.precision(),
        weights,
        Optional.ofNullable(textEncoder),
        Optional.ofNullable(field));
  }
}
