package io.rapd.core.torch;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;
import java.util.Map;

/**
 * The number format in which kernels compute. Trained parameters, optimiser state, moving averages
 * and losses are float32 in either precision; kernels cast their inputs and outputs. A CPU without
 * bfloat16 arithmetic computes in float32 (see {@link Bfloat16Products}).
 */
public enum Precision {
  FLOAT32(6),
  BFLOAT16(15);

  private final int scalarType;

  Precision(int scalarType) {
    this.scalarType = scalarType;
  }

  /** libtorch's number of this type ({@code c10::ScalarType}), as {@code torch.to} takes it. */
  int scalarType() {
    return scalarType;
  }

  /** The name on the command line and in configurations: {@code float32} or {@code bfloat16}. */
  @JsonValue
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The label, or {@code bfloat16 (in float32)} if {@link Bfloat16Products} are widened. */
  public String on(Device device) {
    boolean widened = this == BFLOAT16 && Bfloat16Products.widenedOn(device);
    return widened ? label() + " (in float32)" : label();
  }

  /**
   * The precision with this label.
   *
   * @throws IllegalArgumentException if there is none
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

  /**
   * The array in this precision: the same array if it already is, else a new one on its manager.
   * Recorded by autograd. Only kernels may use bfloat16 arrays.
   */
  public NDArray cast(NDArray array) {
    // DJL reports bfloat16 arrays as UNKNOWN.
    DataType already = this == FLOAT32 ? DataType.FLOAT32 : DataType.UNKNOWN;
    if (array.getDataType() == already) {
      return array;
    }
    // As a number: a Precision among the constants may be widened to float32.
    return Kernel.of("Cast", CAST, Map.of("dtype", scalarType)).call(array);
  }

  private static final String CAST =
      """
      def forward(x):
        return torch.to(x, $dtype)
      """;
}
