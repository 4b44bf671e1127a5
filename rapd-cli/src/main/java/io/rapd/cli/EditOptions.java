package io.rapd.cli;

import static io.rapd.core.config.Check.check;

import io.rapd.core.image.RgbImage;
import io.rapd.core.image.RgbImageReader;
import io.rapd.infer.ImageEdit;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** {@code --image}, {@code --strength} and {@code --mask}, as a picocli mixin. */
final class EditOptions {
  private static final double STRENGTH = 0.6;

  @Option(
      names = "--image",
      paramLabel = "FILE",
      description =
          "a PNG, JPEG or WebP image to change by the prompt; its centre square is edited (default:"
              + " none, images start from noise)")
  private @Nullable Path image;

  @Option(
      names = "--strength",
      paramLabel = "S",
      description =
          "with --image: how much of the sampling is done anew, greater than 0 and at most 1"
              + " (default: 0.6, with --mask 1)")
  private @Nullable Double strength;

  @Option(
      names = "--mask",
      paramLabel = "FILE",
      description =
          "with --image: an image of the same size; white is generated, black is kept, grey blends"
              + " the two (default: all is generated)")
  private @Nullable Path mask;

  @Option(
      names = "--mask-blur",
      paramLabel = "CELLS",
      description =
          "with --mask: std of the Gaussian that softens its edge, in cells of the latent, 0 to 64"
              + " (default: 1)")
  private @Nullable Double maskBlur;

  /** Whether an image is to be edited. */
  boolean given() {
    return image != null;
  }

  /**
   * The edit, if one is asked for.
   *
   * @throws IllegalArgumentException for options that do not fit together or a file that is no
   *     image
   */
  Optional<ImageEdit> edit() {
    if (image == null) {
      check(strength == null, "--strength needs --image");
      check(mask == null, "--mask needs --image");
      check(maskBlur == null, "--mask-blur needs --image and --mask");
      return Optional.empty();
    }
    check(maskBlur == null || mask != null, "--mask-blur needs --mask");
    RgbImage read = new RgbImageReader().read(image);
    double share = strength == null ? (mask == null ? STRENGTH : 1) : strength;
    ImageEdit edit = new ImageEdit(read, share);
    if (maskBlur != null) {
      edit = edit.withMaskBlur(maskBlur);
    }
    if (mask != null) {
      RgbImage shape = new RgbImageReader().read(mask);
      check(
          shape.height() == read.height() && shape.width() == read.width(),
          "%s: expected the size of %s, %dx%d, found %dx%d",
          mask,
          image,
          read.width(),
          read.height(),
          shape.width(),
          shape.height());
      edit = edit.withMask(shape);
    }
    if (read.height() != read.width()) {
      int side = Math.min(read.height(), read.width());
      System.err.println(
          image
              + ": is "
              + new ImageSize(read.height(), read.width())
              + "; its centre, "
              + new ImageSize(side, side)
              + ", is edited");
    }
    return Optional.of(edit);
  }
}
