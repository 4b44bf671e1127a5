package io.rapd.train.stage1;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import io.rapd.core.grid.PixelGrid;
import io.rapd.core.grid.Region;
import io.rapd.core.torch.Autograd;
import io.rapd.core.torch.GradMode;
import io.rapd.nif.NeuralImageField;
import java.util.ArrayList;
import java.util.List;

/**
 * Renders images in horizontal strips and differentiates each strip alone, so that the renderer's
 * activations of one strip are in memory at a time. Each strip is computed twice, and near its
 * borders some rows of its neighbours with it.
 */
final class StripRendering {
  /** Strips end at window borders of the unshifted blocks for windows of 1, 2, 4 and 8 pixels. */
  private static final int ROWS = 8;

  private final NeuralImageField field;
  private final NDArray latent;
  private final PixelGrid grid;
  private final List<Region> strips = new ArrayList<>();

  /**
   * @param latent (b, C, R, R), a leaf
   * @param pixels of a strip, at least; a strip has at least 8 rows
   */
  StripRendering(NeuralImageField field, NDArray latent, PixelGrid grid, int pixels) {
    this.field = field;
    this.latent = latent;
    this.grid = grid;
    Region all = grid.whole();
    int rows = Math.max(ROWS, pixels / all.width() / ROWS * ROWS);
    for (int top = 0; top < all.height(); top += rows) {
      strips.add(new Region(top, 0, Math.min(rows, all.height() - top), all.width()));
    }
  }

  /** The whole images (b, 3, S, S), a leaf on the latent's manager. */
  NDArray render() {
    try (GradMode off = GradMode.disabled();
        NDManager scope = latent.getManager().newSubManager()) {
      NDList rendered = new NDList();
      for (Region strip : strips) {
        NDArray part = field.render(latent, grid, strip); // (b, 3, rows, S)
        part.attach(scope);
        rendered.add(part);
      }
      return scope.ret(Autograd.leaf(NDArrays.concat(rendered, 2)));
    }
  }

  /**
   * Adds the gradients of the renderer's parameters and of the latent.
   *
   * @param gradient with respect to the images (b, 3, S, S)
   */
  void backward(NDArray gradient) {
    for (Region strip : strips) {
      try (NDArray rows =
              gradient.get(
                  new NDIndex().addAllDim().addAllDim().addSliceDim(strip.top(), strip.bottom()));
          NDArray part = field.render(latent, grid, strip)) {
        Autograd.backward(part, rows, false);
      }
    }
  }
}
