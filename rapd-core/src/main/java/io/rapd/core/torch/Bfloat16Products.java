package io.rapd.core.torch;

import static io.rapd.core.text.Messages.message;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

/**
 * Whether bfloat16 matrices are multiplied as such or widened to float32. GPUs multiply them
 * directly. On a CPU for which libtorch has no fast bfloat16 product, it falls back to plain loops,
 * 6 to 16 times slower than float32; kernels then widen their operands and compute in float32.
 * Weights stored in bfloat16 stay so and take half the memory.
 *
 * <p>On CPUs the system property {@code rapd.bfloat16} overrides the choice: {@code multiply},
 * {@code widen}, or {@code auto} (default).
 */
public final class Bfloat16Products {
  /** The system property's name. */
  public static final String PROPERTY = "rapd.bfloat16";

  private static final String SUPPORTED =
      """
      def forward(like):
        return torch.full_like(like, float(ops.mkldnn._is_mkldnn_bf16_supported()))
      """;

  private Bfloat16Products() {}

  /**
   * Whether kernels on this device compute in float32 when bfloat16 is asked for.
   *
   * @throws IllegalArgumentException if the system property has any other value
   */
  public static boolean widenedOn(Device device) {
    if (device.isGpu()) {
      return false;
    }
    String choice = System.getProperty(PROPERTY, "auto");
    return switch (choice) {
      case "auto" -> !Processor.MULTIPLIES;
      case "multiply" -> false;
      case "widen" -> true;
      default ->
          throw new IllegalArgumentException(
              message(
                  "system property %s must be auto, multiply or widen, got \"%s\"",
                  PROPERTY, choice));
    };
  }

  /** libtorch is asked once, on first use. */
  private static final class Processor {
    static final boolean MULTIPLIES = ask();

    private static boolean ask() {
      try (NDManager host = NativeRuntime.newManager(Device.cpu());
          NDArray like = host.create(0f)) {
        return Kernel.of("Bfloat16Products", SUPPORTED).call(like).getFloat() != 0;
      }
    }
  }
}
