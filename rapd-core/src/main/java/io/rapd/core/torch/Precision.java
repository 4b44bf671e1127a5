package io.rapd.core.torch;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import java.util.Locale;
import java.util.Map;

/**
 * The number format in which a kernel computes. Parameters, optimiser state, moving averages and
 * losses stay float32 whatever the precision; a kernel casts at its edges. A processor without
 * bfloat16 arithmetic computes in float32 all the same: {@link Bfloat16Products}.
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

  /** The label; {@code bfloat16 (in float32)} where {@link Bfloat16Products} are widened. */
  public String on(Device device) {
    boolean widened = this == BFLOAT16 && Bfloat16Products.widenedOn(device);
    return widened ? label() + " (in float32)" : label();
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

  /**
   * The array in this precision: itself if it is so already, else a new array on its manager. A
   * bfloat16 array may only be given to kernels. Takes part in autograd.
   */
  public NDArray cast(NDArray array) {
    // DJL has no name for bfloat16 arrays and reports them as UNKNOWN.
    DataType already = this == FLOAT32 ? DataType.FLOAT32 : DataType.UNKNOWN;
    if (array.getDataType() == already) {
      return array;
    }
    // The number, since a kernel's Precision may be widened.
    return Kernel.of("Cast", CAST, Map.of("dtype", scalarType)).call(array);
  }

  private static final String CAST =
      """
      def forward(x):
        return torch.to(x, $dtype)
      """;
}
