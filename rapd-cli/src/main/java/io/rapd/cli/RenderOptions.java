package io.rapd.cli;

import static io.rapd.core.config.Check.check;

import ai.djl.ndarray.types.Shape;
import io.rapd.core.image.ImageBands;
import io.rapd.core.image.OutputFormat;
import io.rapd.infer.ImageField;
import io.rapd.infer.LoadOptions;
import io.rapd.infer.TextToImage;
import io.rapd.train.command.ComputeOptions;
import io.rapd.train.command.Progress;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/**
 * The options of commands that render with a trained model. {@code help.properties} describes those
 * whose meaning or default depends on the command.
 */
final class RenderOptions {
  @Mixin private ModelOption model = new ModelOption();

  @Option(
      names = "--size",
      paramLabel = "SIZE",
      converter = ImageSize.Converter.class,
      descriptionKey = "size")
  private List<ImageSize> sizes = List.of();

  @Option(
      names = "--fit",
      paramLabel = "HOW",
      description =
          "how the field fills an image of another aspect ratio: crop (fills it), pad (white bars)"
              + " or stretch (default: crop)")
  private @Nullable Fit fit;

  @Option(
      names = "--format",
      paramLabel = "NAME",
      converter = FormatConverter.class,
      description =
          "png, jpg, tif or webp; all but webp are written while they are rendered, so that their"
              + " size is not bounded by memory (default: png)")
  private OutputFormat format = OutputFormat.PNG;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      defaultValue = ".",
      description = "output folder; files of the same name are replaced (default: here)")
  private Path out = Path.of("");

  @Mixin private ComputeOptions compute = new ComputeOptions();

  /** As {@link ModelOption#required}. */
  Path model() {
    return model.required();
  }

  /** As {@link ModelOption#or}. */
  Path modelOr(Supplier<Path> otherwise) {
    return model.or(otherwise);
  }

  /** {@link OutputFormat#of} for picocli. */
  static final class FormatConverter implements ITypeConverter<OutputFormat> {
    @Override
    public OutputFormat convert(String name) {
      try {
        return OutputFormat.of(name);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }

  /**
   * The sizes to render.
   *
   * @param otherwise the size where none is given
   * @throws IllegalArgumentException if one does not fit the format or the Java heap
   */
  List<ImageSize> sizes(ImageSize otherwise) {
    List<ImageSize> chosen = sizes.isEmpty() ? List.of(otherwise) : sizes;
    for (ImageSize size : chosen) {
      format.requireFits(size.height(), size.width());
      size.requireHeap(format);
    }
    return chosen;
  }

  /**
   * The sizes to render with a text-to-image model. Known before anything is sampled: a pixel-space
   * model alone has one size.
   *
   * @throws IllegalArgumentException as {@link #sizes(ImageSize)}, or for a size that it has not
   */
  List<ImageSize> sizes(ModelSource source, LoadOptions loading, ImageSize otherwise) {
    OptionalInt side = TextToImage.fixedSize(source.folder(), loading);
    if (side.isEmpty()) {
      return sizes(otherwise);
    }
    ImageSize own = new ImageSize(side.getAsInt(), side.getAsInt());
    List<ImageSize> sizes = sizes(own);
    for (ImageSize size : sizes) {
      check(
          size.equals(own),
          "--size %s: %s is a pixel-space model, whose images are %s; name a model of stage 1 with"
              + " --field for other sizes",
          size,
          source.given(),
          own);
    }
    return sizes;
  }

  /** The file format. */
  OutputFormat format() {
    return format;
  }

  /** How fields fill images, if the command line says so. */
  Optional<Fit> fit() {
    return Optional.ofNullable(fit);
  }

  /** As {@link #bands(ImageField, ImageSize, ImageSize, Fit, Progress)} of the latent's aspect. */
  static ImageBands bands(ImageField field, ImageSize size, Fit fit, Progress progress) {
    Shape latent = field.latentShape();
    ImageSize own = new ImageSize((int) latent.get(2), (int) latent.get(3));
    return bands(field, own, size, fit, progress);
  }

  /**
   * The rows of a field's image, rendered as they are read.
   *
   * @param own the size of which the field has the aspect ratio: of the image that was encoded
   * @param progress shows tiles
   */
  static ImageBands bands(
      ImageField field, ImageSize own, ImageSize size, Fit fit, Progress progress) {
    ImageBands bands =
        field.renderBands(
            fit.pixels(size, own), (done, all) -> progress.at("tile of " + size, done, all));
    return fit == Fit.PAD ? new PaddedBands(bands, size) : bands;
  }

  /** The path of the output folder. */
  Path outputPath() {
    return out;
  }

  /** The output folder, which exists and can be written to. */
  OutputFolder output() {
    return OutputFolder.open(out);
  }

  /** Device and precision. */
  LoadOptions loading() {
    return LoadingOptions.of(compute);
  }
}
