package io.rapd.core.torch;

import static io.rapd.core.text.Messages.message;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

/**
 * How matrices in bfloat16 are multiplied. GPUs have arithmetic for it. Of processors, libtorch
 * says itself whether it has fast products of bfloat16 matrices for them; where it has none it
 * multiplies with plain loops, 6 to 16 times as slowly as in float32, and kernels then widen their
 * operands and compute in float32. Weights kept in bfloat16 stay so: half the memory.
 *
 * <p>The system property {@code rapd.bfloat16} decides otherwise: {@code multiply} or {@code
 * widen}, on processors; {@code auto} is the default.
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
   * Whether kernels on that device compute in float32 where bfloat16 was asked for.
   *
   * @throws IllegalArgumentException where the system property has another value than those
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

  /** Asked once, when first needed. */
  private static final class Processor {
    static final boolean MULTIPLIES = ask();

    private static boolean ask() {
      try (NDManager host = NDManager.newBaseManager(Device.cpu());
          NDArray like = host.create(0f)) {
        return Kernel.of("Bfloat16Products", SUPPORTED).call(like).getFloat() != 0;
      }
    }
  }
}
