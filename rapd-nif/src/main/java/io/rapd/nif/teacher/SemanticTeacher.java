package io.rapd.nif.teacher;

import static io.rapd.core.config.Check.check;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;

/**
 * A frozen network whose patch features describe the content of an image. They carry no gradient
 * but may enter a loss.
 */
public interface SemanticTeacher extends AutoCloseable {
  /** D, the number of values per patch. */
  int width();

  /** The side of a patch in pixels. */
  int patchSize();

  /** The weights and how they are run, in one line for logs and checkpoints. */
  String name();

  /**
   * The features of every patch.
   *
   * @param images (B, 3, H, W) float32 in [-1, 1]; H and W multiples of {@link #patchSize}
   * @return t (B, N, D) float32, row-major over the grid of (H / patch, W / patch) patches, on the
   *     manager of {@code images}
   * @throws IllegalArgumentException if type or shape differ from these
   */
  NDArray patchTokens(NDArray images);

  /**
   * The features on a given grid of patches: the images are first resized to (gridHeight * patch,
   * gridWidth * patch) by antialiased bicubic interpolation.
   *
   * @param images (B, 3, H, W) float32 in [-1, 1], any H and W
   * @return t (B, gridHeight * gridWidth, D) float32 on the manager of {@code images}
   */
  default NDArray patchTokens(NDArray images, int gridHeight, int gridWidth) {
    check(
        gridHeight >= 1 && gridWidth >= 1,
        "the patch grid must be at least 1 x 1, got %d x %d",
        gridHeight,
        gridWidth);
    TeacherInput.requireWholePatches(images, 1);
    Shape shape = images.getShape();
    long height = (long) gridHeight * patchSize();
    long width = (long) gridWidth * patchSize();
    if (shape.get(2) == height && shape.get(3) == width) {
      return patchTokens(images);
    }
    try (NDArray resized = TeacherInput.resize(images, height, width)) {
      return patchTokens(resized);
    }
  }

  /** Frees the weights. */
  @Override
  void close();
}
