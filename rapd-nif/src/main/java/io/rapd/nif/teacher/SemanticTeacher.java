package io.rapd.nif.teacher;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;

/**
 * A frozen network that says what is where in an image. Its features carry no gradient, but they
 * may enter a loss.
 */
public interface SemanticTeacher extends AutoCloseable {
  /** D, the number of values of a patch. */
  int width();

  /** The side of a patch in pixels. */
  int patchSize();

  /** Which weights these are and how they are run, for the record. */
  String name();

  /**
   * The features of every patch.
   *
   * @param images (B, 3, H, W) float32 in [-1, 1]; H and W multiples of {@link #patchSize}
   * @return t (B, N, D) float32, row-major over the grid of (H / patch, W / patch) patches, on the
   *     manager of {@code images}
   * @throws IllegalArgumentException where the shape is another one
   */
  NDArray patchTokens(NDArray images);

  /**
   * The features of a wanted grid of patches: the images are resized to (gridHeight * patch,
   * gridWidth * patch) first, by antialiased bicubic interpolation.
   *
   * @param images (B, 3, H, W) float32 in [-1, 1], any H and W
   * @return t (B, gridHeight * gridWidth, D) float32 on the manager of {@code images}
   */
  default NDArray patchTokens(NDArray images, int gridHeight, int gridWidth) {
    if (gridHeight < 1 || gridWidth < 1) {
      throw new IllegalArgumentException(
          "the patch grid must be at least 1 x 1, got " + gridHeight + " x " + gridWidth);
    }
    Pixels.requireWholePatches(images, 1);
    Shape shape = images.getShape();
    long height = (long) gridHeight * patchSize();
    long width = (long) gridWidth * patchSize();
    if (shape.get(2) == height && shape.get(3) == width) {
      return patchTokens(images);
    }
    try (NDArray resized = Pixels.resize(images, height, width)) {
      return patchTokens(resized);
    }
  }

  /** Frees the weights. */
  @Override
  void close();
}
