package io.rapd.infer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.image.ImageTensors;
import io.rapd.core.image.RgbImage;
import io.rapd.core.torch.GradMode;
import io.rapd.nif.encoder.Encoder;
import io.rapd.nif.render.LatentSource;
import java.util.List;

/**
 * The latent of an image, encoded in tiles where it is needed. Every tile is encoded with the
 * margin on which its cells depend, so that up to rounding they are those of the whole image.
 *
 * @param encoder of stage 1
 * @param image any size
 * @param manager owns what is rendered from the latent
 */
record EncodedImage(Encoder encoder, RgbImage image, NDManager manager) implements LatentSource {
  /** Cells per side of a tile of the whole latent: encoding it takes about 150 MB. */
  private static final int WHOLE_TILE = 512;

  /**
   * The same where the image is rendered. A tile of pixels needs fewer cells than this from twice
   * the size of the image on; at its own size it needs four times as many, and would take more
   * memory than at any other.
   */
  static final int RENDERED_TILE = 144;

  /**
   * Sides of what is encoded at once are multiples of this number, if the image allows: libtorch
   * keeps compiled convolutions of about 0.5 MB for every size that it has seen.
   */
  private static final int SIZES = 16;

  @Override
  public Shape shape() {
    return new Shape(1, encoder.channels(), image.height(), image.width());
  }

  @Override
  public LatentSource on(NDManager other) {
    return new EncodedImage(encoder, image, other);
  }

  @Override
  public NDArray cells(long top, long left, long bottom, long right, NDManager scope) {
    return cells((int) top, (int) left, (int) bottom, (int) right, RENDERED_TILE, scope);
  }

  /** The whole latent, (1, C, H, W). */
  NDArray whole(NDManager scope) {
    return cells(0, 0, image.height(), image.width(), WHOLE_TILE, scope);
  }

  /** As {@link #cells}, in tiles of equal size and of at most {@code tile} cells per side. */
  NDArray cells(int top, int left, int bottom, int right, int tile, NDManager scope) {
    try (GradMode off = GradMode.disabled();
        NDManager rows = scope.newSubManager()) {
      NDList bands = new NDList();
      int height = even(bottom - top, tile);
      int width = even(right - left, tile);
      for (int y = top; y < bottom; y += height) {
        int below = Math.min(bottom, y + height);
        try (NDManager columns = rows.newSubManager()) {
          NDList row = new NDList();
          for (int x = left; x < right; x += width) {
            row.add(encoded(y, x, below, Math.min(right, x + width), columns));
          }
          bands.add(columns.ret(row.size() == 1 ? row.get(0) : NDArrays.concat(row, 3)));
        }
      }
      return rows.ret(bands.size() == 1 ? bands.get(0) : NDArrays.concat(bands, 2));
    }
  }

  /** The side of as few tiles as {@code most} allows: small ones are mostly margin. */
  private static int even(int cells, int most) {
    int tiles = (cells + most - 1) / most;
    return (cells + tiles - 1) / tiles;
  }

  /**
   * Pixels along an axis that hold those from {@code from} to {@code to} and their margin.
   *
   * @param first the first one
   * @param count how many
   */
  private record Window(int first, int count) {
    static Window around(int from, int to, int margin, int size) {
      int first = Math.max(0, from - margin);
      int needed = Math.min(size, to + margin) - first;
      int count = Math.min(size, (needed + SIZES - 1) / SIZES * SIZES);
      return new Window(Math.max(0, first + needed - count), count);
    }
  }

  private NDArray encoded(int top, int left, int bottom, int right, NDManager home) {
    int margin = encoder.margin();
    Window rows = Window.around(top, bottom, margin, image.height());
    Window columns = Window.around(left, right, margin, image.width());
    RgbImage part =
        rows.count == image.height() && columns.count == image.width()
            ? image
            : image.crop(rows.first, columns.first, rows.count, columns.count);
    try (NDManager scope = home.newSubManager()) {
      NDArray latent = encoder.forward(ImageTensors.stack(List.of(part), scope));
      NDIndex inner =
          new NDIndex()
              .addAllDim()
              .addAllDim()
              .addSliceDim(top - rows.first, bottom - rows.first)
              .addSliceDim(left - columns.first, right - columns.first);
      return scope.ret(
          part.height() == bottom - top && part.width() == right - left
              ? latent
              : latent.get(inner).duplicate());
    }
  }
}
