package io.rapd.core.torch;

import java.util.Locale;

/**
 * The number format in which a kernel computes. Parameters, optimiser state, moving averages and
 * losses stay float32 whatever the precision; a kernel casts at its edges.
 */
public enum Precision {
  FLOAT32(6),
  BFLOAT16(15);

  private final int scalarType;

  Precision(int scalarType) {
    this.scalarType = scalarType;
  }

  /**
   * The number of this type in libtorch ({@code c10::ScalarType}), as {@code torch.to} takes it.
   */
  public int scalarType() {
    return scalarType;
  }

  /** The name on the command line and in configurations: {@code float32} or {@code bfloat16}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The precision of that label.
   *
   * @throws IllegalArgumentException where there is none
   */
  public static Precision ofLabel(String label) {
    for (Precision precision : values()) {
      if (precision.label().equals(label)) {
        return precision;
      }
    }
    throw new IllegalArgumentException(
        "precision must be float32 or bfloat16, got \"" + label + "\"");
  }
}
