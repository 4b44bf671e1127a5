package io.rapd.cli;

import static io.rapd.core.config.Check.check;
import static io.rapd.core.text.Messages.message;

import io.rapd.core.image.ImageBands;
import io.rapd.core.image.OutputFormat;
import io.rapd.core.image.Resampler;
import io.rapd.core.image.Resampling;
import io.rapd.core.image.RgbImage;
import io.rapd.core.image.RgbImageReader;
import io.rapd.core.metric.Psnr;
import io.rapd.infer.ImageField;
import io.rapd.infer.ImageToField;
import io.rapd.train.command.Progress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code rapd reconstruct}. */
@Command(
    name = "reconstruct",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    resourceBundle = "io.rapd.cli.help",
    description = {
      "Runs stage 1 alone: encodes an image and renders its latent at each size.",
      "Writes IMAGE_from-WIDTHxHEIGHT_WIDTHxHEIGHT.png, named by the sizes of encoding and"
          + " rendering. Prints the path of each file, and the PSNR if it has the image's size."
    })
final class Reconstruct implements Runnable {
  /** With more pixels, the output of a single convolution takes over 1 GB. */
  private static final long MAX_ENCODED_PIXELS = 1L << 24;

  private static final int DEFAULT_SHORTER_SIDE = 512;

  @Mixin private RenderOptions render = new RenderOptions();

  @Option(
      names = "--image",
      required = true,
      paramLabel = "FILE",
      description = "a PNG, JPEG or WebP image")
  private Path file = Path.of("");

  @Option(
      names = "--encoder-size",
      paramLabel = "N",
      description =
          "length of the shorter side at which the image is encoded, in pixels; the image is"
              + " resized (antialiased bicubic), its aspect ratio kept (default: the image's own,"
              + " at most "
              + DEFAULT_SHORTER_SIDE
              + ")")
  private @Nullable Integer encoderSize;

  @Override
  public void run() {
    RgbImage image = new RgbImageReader().read(file);
    ImageSize own = new ImageSize(image.height(), image.width());
    ImageSize encoded = encodedSize(own);
    List<ImageSize> sizes = render.sizes(own);
    String stem = String.valueOf(file.getFileName());
    OutputFolder folder = render.output();
    OutputFormat format = render.format();
    sizes.forEach(
        size -> folder.place(ImageFileName.ofReconstruction(stem, encoded, size, format)));
    RgbImage input =
        encoded.equals(own)
            ? image
            : Resampler.resize(image, Resampling.BICUBIC, encoded.height(), encoded.width());
    try (ImageToField encoder = ImageToField.load(render.model(), render.loading());
        ImageField field = encoder.encode(input);
        Progress progress = new Progress("reconstruct")) {
      Fit fit = render.fit().orElse(Fit.CROP);
      for (ImageSize size : sizes) {
        // Of the image's own size the PSNR is printed, for which it must be whole.
        Optional<RgbImage> whole =
            size.equals(own)
                ? Optional.of(field.renderAtResolution(size.height(), size.width()))
                : Optional.empty();
        ImageBands bands =
            whole
                .map(ImageBands::of)
                .orElseGet(() -> RenderOptions.bands(field, own, size, fit, progress));
        Path written =
            folder.write(
                bands,
                format,
                Map.of(),
                ImageFileName.ofReconstruction(stem, encoded, size, format));
        progress.close();
        String quality = whole.map(w -> message("  PSNR %.2f dB", Psnr.of(w, image))).orElse("");
        System.out.println(written + quality);
      }
    }
  }

  private ImageSize encodedSize(ImageSize own) {
    int shorter = Math.min(own.height(), own.width());
    int wanted = encoderSize == null ? Math.min(shorter, DEFAULT_SHORTER_SIDE) : encoderSize;
    check(wanted >= 1, "--encoder-size must be at least 1, got %d", wanted);
    long longer = Math.round((double) Math.max(own.height(), own.width()) * wanted / shorter);
    check(
        wanted * longer <= MAX_ENCODED_PIXELS,
        "%s: is %s; with a shorter side of %d it is encoded at %d pixels, but at most %d are"
            + " possible; choose a smaller --encoder-size",
        file,
        own,
        wanted,
        wanted * longer,
        MAX_ENCODED_PIXELS);
    return own.width() <= own.height()
        ? new ImageSize((int) longer, wanted)
        : new ImageSize(wanted, (int) longer);
  }
}
