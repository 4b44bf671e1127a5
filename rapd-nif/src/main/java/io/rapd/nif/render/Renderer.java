package io.rapd.nif.render;

import ai.djl.ndarray.NDArray;
import io.rapd.core.grid.PixelGrid;
import io.rapd.core.grid.Region;
import io.rapd.core.nn.Module;

/** Turns a latent and the coordinates of a pixel grid into RGB. */
public abstract class Renderer extends Module {
  /**
   * Renders a region of an image. Up to rounding, any region equals the same part of the whole
   * image.
   *
   * @param latent (B, C, h, w), float32; the result is on its manager, where no temporaries remain
   *     unless gradients are recorded
   * @param target the grid of the whole image, H' x W'
   * @param region the pixels to render
   * @return (B, 3, region height, region width), float32, in [-1, 1] up to overshoot
   */
  public abstract NDArray render(NDArray latent, PixelGrid target, Region region);

  /** Renders the whole image, (B, 3, H', W'). */
  public final NDArray render(NDArray latent, PixelGrid target) {
    return render(latent, target, target.whole());
  }
}
