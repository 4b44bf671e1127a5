package io.rapd.infer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.image.ImageTensors;
import io.rapd.core.image.Resampler;
import io.rapd.core.image.Resampling;
import io.rapd.core.image.RgbImage;
import io.rapd.core.torch.Constant;
import io.rapd.core.torch.GradMode;
import io.rapd.dit.flow.LatentEdit;
import io.rapd.nif.NifFolder;
import java.util.List;
import java.util.Optional;

/**
 * Brings an edit to the latents of a model.
 *
 * @param nif the field whose encoder is used
 * @param side R, height and width of the latents
 */
record EditEncoder(NifFolder nif, int side) {
  /** The centre square of image and mask at R x R; owned by {@code scope}. */
  LatentEdit encode(ImageEdit edit, NDManager scope) {
    try (GradMode off = GradMode.disabled()) {
      RgbImage small = Resampler.resize(centre(edit.image()), Resampling.BICUBIC, side, side);
      NDArray encoded = nif.field().encode(ImageTensors.stack(List.of(small), scope));
      Optional<NDArray> mask =
          edit.mask()
              .map(image -> EditMask.onCells(centre(image), side, edit.maskBlur()))
              .map(cells -> Constant.of(scope, cells, new Shape(1, 1, side, side)));
      NDArray latent = nif.description().statistics().normalize(encoded); // (1, C, R, R)
      return new LatentEdit(latent, edit.strength(), mask);
    }
  }

  private static RgbImage centre(RgbImage image) {
    int shorter = Math.min(image.height(), image.width());
    return image.height() == image.width()
        ? image
        : image.crop(
            (image.height() - shorter) / 2, (image.width() - shorter) / 2, shorter, shorter);
  }
}
