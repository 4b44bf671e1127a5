package io.rapd.nif.render;

import static io.rapd.core.config.Check.check;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.grid.PixelGrid;
import io.rapd.core.grid.Region;

/**
 * Copies pixels out of a latent that is an image. It knows no other size than the latent's: such an
 * image has no field to query between its pixels.
 */
final class PixelRenderer extends Renderer {
  static final int CHANNELS = 3;

  @Override
  public NDArray render(LatentSource latent, PixelGrid target, Region region) {
    checkLatent(latent, CHANNELS);
    Shape shape = latent.shape();
    check(
        target.equals(new PixelGrid(shape.get(2), shape.get(3))),
        "a pixel-space image has one size, height %d and width %d, got height %d and width %d; an"
            + " image field renders it at others",
        shape.get(2),
        shape.get(3),
        target.height(),
        target.width());
    target.checkHolds(region);
    try (NDManager scope = latent.manager().newSubManager()) {
      NDArray view =
          latent.cells(region.top(), region.left(), region.bottom(), region.right(), scope);
      return scope.ret(view.duplicate());
    }
  }
}
