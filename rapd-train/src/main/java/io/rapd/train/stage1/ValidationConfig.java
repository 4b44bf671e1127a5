package io.rapd.train.stage1;

import static io.rapd.core.config.Check.check;

import com.fasterxml.jackson.annotation.JsonAlias;

/**
 * What is measured at each preview.
 *
 * @param images how many of the validation part, at most; the first by key
 * @param inputSize side of the encoder's input
 * @param targetSize side of the rendering, at least the input's
 */
public record ValidationConfig(@JsonAlias("pictures") int images, int inputSize, int targetSize) {
  /** Validates. */
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
