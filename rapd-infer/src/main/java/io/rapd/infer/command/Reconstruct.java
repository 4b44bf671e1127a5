package io.rapd.infer.command;

import static io.rapd.core.config.Check.check;

import io.rapd.core.command.ComputeOptions;
import io.rapd.core.image.Resampler;
import io.rapd.core.image.Resampling;
import io.rapd.core.image.RgbImage;
import io.rapd.core.image.RgbImageReader;
import io.rapd.core.metric.Psnr;
import io.rapd.infer.ImageField;
import io.rapd.infer.ImageToField;
import io.rapd.infer.LoadOptions;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code rapd reconstruct}. */
@Command(
    name = "reconstruct",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Shows stage 1 alone: encodes an image and renders the latent at every size asked for.",
      "Writes IMAGE_from-WIDTHxHEIGHT_WIDTHxHEIGHT.png, the sizes of encoding and rendering."
          + " Prints the path of each file, and the PSNR where it has the image's size."
    })
public final class Reconstruct implements Runnable {
  /** Beyond this, one convolution's output alone takes over 1 GB. */
  private static final long MAX_ENCODED_PIXELS = 1L << 24;

  private static final int DEFAULT_SHORTER_SIDE = 512;

  @Option(
      names = "--model",
      required = true,
      paramLabel = "DIR",
      description =
          "a model of stage 1 or, for its image field, of stage 2; or the training run of either")
  private Path model = Path.of("");

  @Option(
      names = "--image",
      required = true,
      paramLabel = "FILE",
      description = "a PNG, JPEG or WebP image")
  private Path file = Path.of("");

  @Option(
      names = "--size",
      paramLabel = "SIZE",
      converter = ImageSize.Converter.class,
      description =
          "N for a square or WIDTHxHEIGHT, in pixels; may be given several times (default: the"
              + " image's own size)")
  private List<ImageSize> sizes = List.of();

  @Option(
      names = "--encoder-size",
      paramLabel = "N",
      description =
          "shorter side at which the image is encoded; it is resized to that (antialiased"
              + " bicubic), the longer side in proportion (default: the image's own, at most "
              + DEFAULT_SHORTER_SIDE
              + ")")
  private @Nullable Integer encoderSize;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      defaultValue = ".",
      description = "where images go; files of the same name are replaced (default: here)")
  private Path out = Path.of("");

  @Mixin private ComputeOptions compute = new ComputeOptions();

  @Spec private @Nullable CommandSpec spec;

  @Override
  public void run() {
    RgbImage image = new RgbImageReader().read(file);
    ImageSize own = new ImageSize(image.width(), image.height());
    ImageSize encoded = encodedSize(own);
    List<ImageSize> wanted = sizes.isEmpty() ? List.of(own) : sizes;
    String stem = String.valueOf(file.getFileName());
    wanted.forEach(ImageSize::requireHeap);
    OutputFolder folder = OutputFolder.open(out);
    wanted.forEach(size -> folder.place(ImageFileName.ofReconstruction(stem, encoded, size)));

    LoadOptions options = new LoadOptions(compute.device(), compute.precision(), Optional.empty());
    RgbImage input =
        encoded.equals(own)
            ? image
            : Resampler.resize(image, Resampling.BICUBIC, encoded.height(), encoded.width());
    try (ImageToField encoder = ImageToField.load(model, options);
        ImageField field = encoder.encode(input)) {
      for (ImageSize size : wanted) {
        RgbImage rendering = field.renderAtResolution(size.height(), size.width());
        Path written = folder.write(rendering, ImageFileName.ofReconstruction(stem, encoded, size));
        String quality = "";
        if (size.equals(own)) {
          quality = String.format(Locale.ROOT, "  PSNR %.2f dB", Psnr.of(rendering, image));
        }
        out().println(written + quality);
      }
    }
  }

  private ImageSize encodedSize(ImageSize own) {
    int shorter = Math.min(own.width(), own.height());
    int wanted = encoderSize == null ? Math.min(shorter, DEFAULT_SHORTER_SIDE) : encoderSize;
    check(wanted >= 1, "--encoder-size must be at least 1, got %d", wanted);
    long longer = Math.round((double) Math.max(own.width(), own.height()) * wanted / shorter);
    check(
        wanted * longer <= MAX_ENCODED_PIXELS,
        "%s: is %s; encoded with a shorter side of %d it has %d pixels, at most %d are possible;"
            + " choose a smaller --encoder-size",
        file,
        own,
        wanted,
        wanted * longer,
        MAX_ENCODED_PIXELS);
    return own.width() <= own.height()
        ? new ImageSize(wanted, (int) longer)
        : new ImageSize((int) longer, wanted);
  }

  private PrintWriter out() {
    return Objects.requireNonNull(spec).commandLine().getOut();
  }
}
