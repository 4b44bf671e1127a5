package io.rapd.train.stage2;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.rapd.core.image.RgbImage;
import java.util.List;

/** Where the normalised latents of a batch come from. Thread-safe. */
@FunctionalInterface
interface Latents {
  /**
   * The latents of images.
   *
   * @param keys of the images in their set
   * @param images of the same size (R, R); none where latents are stored
   * @param scope of the result
   * @return z~ (B, C, R, R)
   */
  NDArray latents(List<String> keys, List<RgbImage> images, NDManager scope);
}
