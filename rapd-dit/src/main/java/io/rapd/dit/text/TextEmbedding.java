package io.rapd.dit.text;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;

/**
 * Encoded prompts.
 *
 * @param states (B, L, D) float32, the hidden states
 * @param mask (B, L) int64, 1 where a token of the prompt stands, 0 where padding stands
 */
public record TextEmbedding(NDArray states, NDArray mask) implements AutoCloseable {

  /**
   * Checks types and shapes.
   *
   * @throws IllegalArgumentException if states are not (B, L, D) float32 or the mask is not (B, L)
   *     int64
   */
  public TextEmbedding {
    Shape shape = states.getShape();
    if (shape.dimension() != 3 || states.getDataType() != DataType.FLOAT32) {
      throw new IllegalArgumentException(
          "text states must be (B, L, D) float32, got " + shape + " " + states.getDataType());
    }
    if (!mask.getShape().equals(shape.slice(0, 2)) || mask.getDataType() != DataType.INT64) {
      throw new IllegalArgumentException(
          "text mask must be "
              + shape.slice(0, 2)
              + " int64 like the states, got "
              + mask.getShape()
              + " "
              + mask.getDataType());
    }
  }

  /** Closes both arrays. */
  @Override
  public void close() {
    states.close();
    mask.close();
  }
}
