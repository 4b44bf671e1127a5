package io.rapd.nif.render;

import static io.rapd.core.config.Check.check;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
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
  public abstract NDArray render(LatentSource latent, PixelGrid target, Region region);

  /** As {@link #render(LatentSource, PixelGrid, Region)}, of a latent in memory. */
  public final NDArray render(NDArray latent, PixelGrid target, Region region) {
    return render(LatentSource.of(latent), target, region);
  }

  /**
   * A renderer of the same parameters for many regions of one image. Most renderers return
   * themselves; one whose pixels depend on the whole image collects here, once, what its regions
   * would otherwise collect each.
   *
   * @param latent the latent of that image, (B, C, h, w)
   * @param target the grid of the whole image
   */
  public Renderer forImage(LatentSource latent, PixelGrid target) {
    return this;
  }

  /** As {@link #forImage(LatentSource, PixelGrid)}, of a latent in memory. */
  public final Renderer forImage(NDArray latent, PixelGrid target) {
    return forImage(LatentSource.of(latent), target);
  }

  /**
   * Whether gradients of the regions of an image add up to those of the whole image. They do not
   * where a region takes anything else of the image as given.
   */
  public boolean regionsAreDifferentiable() {
    return false;
  }

  /** Moves an intermediate array to a scope that frees it. */
  static NDArray owned(NDArray array, NDManager scope) {
    array.attach(scope);
    return array;
  }

  static void checkLatent(LatentSource latent, int channels) {
    Shape shape = latent.shape();
    check(
        shape.dimension() == 4 && shape.get(1) == channels,
        "latent must be (B, %d, h, w), got %s; was it written with another NIF configuration?",
        channels,
        shape);
  }

  /** Renders the whole image, (B, 3, H', W'). */
  public final NDArray render(NDArray latent, PixelGrid target) {
    return render(latent, target, target.whole());
  }
}
