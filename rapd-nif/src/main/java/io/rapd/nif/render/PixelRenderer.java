package io.rapd.nif.render;

import static io.rapd.core.config.Check.check;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;
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
  public NDArray render(NDArray latent, PixelGrid target, Region region) {
    Shape shape = latent.getShape();
    check(
        shape.dimension() == 4 && shape.get(1) == CHANNELS,
        "latent must be (B, %d, h, w), got %s",
        CHANNELS,
        shape);
    check(
        target.equals(new PixelGrid(shape.get(2), shape.get(3))),
        "a pixel-space image has one size, height %d and width %d, got height %d and width %d; an"
            + " image field renders it at others",
        shape.get(2),
        shape.get(3),
        target.height(),
        target.width());
    target.checkHolds(region);
    NDIndex pixels =
        new NDIndex()
            .addAllDim()
            .addAllDim()
            .addSliceDim(region.top(), region.bottom())
            .addSliceDim(region.left(), region.right());
    try (NDArray view = latent.get(pixels)) {
      return view.duplicate();
    }
  }
}
