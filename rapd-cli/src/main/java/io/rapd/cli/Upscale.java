package io.rapd.cli;

import static io.rapd.core.config.Check.check;

import io.rapd.core.image.OutputFormat;
import io.rapd.core.image.RgbImage;
import io.rapd.core.image.RgbImageReader;
import io.rapd.infer.ImageField;
import io.rapd.infer.ImageToField;
import io.rapd.train.command.Progress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code rapd upscale}. */
@Command(
    name = "upscale",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    resourceBundle = "io.rapd.cli.help",
    description = {
      "Enlarges an image of any size by any factor with stage 1: its encoder and renderer.",
      "The image is encoded where it is rendered, in tiles that overlap by what the encoder sees,"
          + " so that no tile shows. Writes IMAGE_WIDTHxHEIGHT.png and prints its path."
    })
final class Upscale implements Runnable {
  private static final double MAX_SCALE = 64;

  @Mixin private RenderOptions render = new RenderOptions();

  @Option(
      names = "--image",
      required = true,
      paramLabel = "FILE",
      description = "a PNG, JPEG or WebP image of at most 2^28 pixels")
  private Path file = Path.of("");

  @Option(
      names = "--scale",
      paramLabel = "FACTOR",
      defaultValue = "2",
      description =
          "factor of both sides, 1 to 64; sizes are rounded (default: ${DEFAULT-VALUE}; not with"
              + " --size)")
  private double scale = 2;

  @Override
  public void run() {
    check(scale >= 1 && scale <= MAX_SCALE, "--scale must be 1 to %.0f, got %s", MAX_SCALE, scale);
    OutputFolder folder = render.output();
    RgbImage image = new RgbImageReader().read(file);
    List<ImageSize> sizes = render.sizes(scaled(image));
    String stem = String.valueOf(file.getFileName());
    OutputFormat format = render.format();
    sizes.forEach(size -> folder.place(ImageFileName.ofUpscaling(stem, size, format)));
    ImageSize own = new ImageSize(image.height(), image.width());
    Fit fit = render.fit().orElse(Fit.CROP);
    Path model = render.model();
    try (ImageToField encoder = ImageToField.load(model, render.loading());
        ImageField field = encoder.encodeWhereRendered(image);
        Progress progress = new Progress("upscale")) {
      check(
          !encoder.description().nif().pixelSpace(),
          "%s: is pixel space, whose images have one size; expected a model of stage 1",
          model);
      for (ImageSize size : sizes) {
        Path written =
            folder.write(
                RenderOptions.bands(field, own, size, fit, progress),
                format,
                Map.of(),
                ImageFileName.ofUpscaling(stem, size, format));
        progress.close();
        System.out.println(written);
      }
    }
  }

  private ImageSize scaled(RgbImage image) {
    long height = Math.round(image.height() * scale);
    long width = Math.round(image.width() * scale);
    check(
        Math.max(height, width) <= ImageSize.LONGEST_SIDE,
        "%s: is %s; --scale %s makes %dx%d, but a side has at most %d pixels",
        file,
        new ImageSize(image.height(), image.width()),
        scale,
        width,
        height,
        ImageSize.LONGEST_SIDE);
    return new ImageSize((int) height, (int) width);
  }
}
