package io.rapd.eval.latent;

import static io.rapd.core.config.Check.check;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.image.RgbImage;
import io.rapd.core.torch.GradMode;
import io.rapd.infer.ImageField;
import io.rapd.infer.ImageToField;
import io.rapd.nif.LatentStatistics;

/**
 * Feature vectors of images: the normalised latent z~, averaged over the cells of a small grid.
 * Normalised, so that every channel weighs the same.
 *
 * @param statistics of the latents, per channel
 * @param grid cells per side g; 1 leaves the mean of each channel alone
 */
public record PooledLatents(LatentStatistics statistics, int grid) {
  public PooledLatents {
    check(grid >= 1, "the grid of pooled latents must have at least 1 cell, got %d", grid);
  }

  /**
   * The features of a latent.
   *
   * @param latent z, (1, C, h, w)
   * @return (C, g, g), row-major
   * @throws IllegalArgumentException unless h and w are multiples of g
   */
  public float[] of(NDArray latent) {
    Shape shape = latent.getShape();
    long height = shape.get(2);
    long width = shape.get(3);
    check(
        height % grid == 0 && width % grid == 0,
        "latents must be divisible into %d x %d cells, got %d x %d",
        grid,
        grid,
        height,
        width);
    try (GradMode off = GradMode.disabled();
        NDManager scope = latent.getManager().newSubManager()) {
      NDArray normal = statistics.normalize(latent); // (1, C, h, w)
      normal.attach(scope);
      NDArray cells = normal.reshape(shape.get(1), grid, height / grid, grid, width / grid);
      return cells.mean(new int[] {4}).mean(new int[] {2}).toFloatArray(); // (C, g, g)
    }
  }

  /** The features of an image, which is encoded at its own size. */
  public float[] of(RgbImage image, ImageToField encoder) {
    try (ImageField field = encoder.encode(image)) {
      return of(field.latent());
    }
  }
}
