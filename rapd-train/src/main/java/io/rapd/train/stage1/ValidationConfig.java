package io.rapd.train.stage1;

import static io.rapd.core.config.Check.check;

import com.fasterxml.jackson.annotation.JsonAlias;

/**
 * What each preview of stage 1 measures.
 *
 * @param images most validation images to use; the first by key
 * @param inputSize side of the encoder's input in pixels
 * @param targetSize side of the rendering in pixels, at least {@code inputSize}
 */
public record ValidationConfig(@JsonAlias("pictures") int images, int inputSize, int targetSize) {
  public ValidationConfig {
    check(images > 0, "validation.images must be positive, got %d", images);
    check(inputSize > 0, "validation.inputSize must be positive, got %d", inputSize);
    check(
        targetSize >= inputSize,
        "validation.targetSize (%d) must not be below validation.inputSize (%d)",
        targetSize,
        inputSize);
  }
}
