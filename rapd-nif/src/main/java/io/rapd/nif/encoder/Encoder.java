package io.rapd.nif.encoder;

import static io.rapd.core.config.Check.check;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.nn.Module;

/** Turns an image into a latent of the same height and width. */
public abstract class Encoder extends Module {
  /** C, the latent's channels. */
  public abstract int channels();

  /**
   * How many pixels on each side a cell of the latent depends on. A part of an image that is
   * encoded with that margin, cut at the edges of the image, has the cells that the whole image has
   * there.
   */
  public abstract int margin();

  /**
   * Encodes.
   *
   * @param image (B, 3, H, W) in [-1, 1]
   * @return the latent (B, C, H, W), float32, on the image's manager
   * @throws IllegalArgumentException for an image of another shape
   */
  public abstract NDArray forward(NDArray image);

  /** Refuses what is not (B, 3, H, W). */
  static void checkImage(NDArray image) {
    Shape shape = image.getShape();
    check(shape.dimension() == 4 && shape.get(1) == 3, "image must be (B, 3, H, W), got %s", shape);
  }
}
