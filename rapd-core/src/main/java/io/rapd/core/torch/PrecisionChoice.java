package io.rapd.core.torch;

import ai.djl.Device;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** The precision that a configuration or a command asks for (docs/decisions/0022). */
public enum PrecisionChoice {
  /** bfloat16 where it is fast, else float32. */
  AUTO,
  FLOAT32,
  BFLOAT16;

  /** Tensor cores multiply bfloat16 from this compute capability on. */
  private static final int AMPERE = 8;

  /**
   * The choice with this label.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static PrecisionChoice ofLabel(String label) {
    for (PrecisionChoice choice : values()) {
      if (choice.toString().equals(label)) {
        return choice;
      }
    }
    throw new IllegalArgumentException(
        "precision must be auto, float32 or bfloat16, got \"" + label + "\"");
  }

  /** The precision on a device. */
  public Precision on(Device device) {
    return switch (this) {
      case AUTO -> isBfloat16FastOn(device) ? Precision.BFLOAT16 : Precision.FLOAT32;
      case FLOAT32 -> Precision.FLOAT32;
      case BFLOAT16 -> Precision.BFLOAT16;
    };
  }

  /** A GPU whose driver cannot be asked counts as one of Ampere or later. */
  private static boolean isBfloat16FastOn(Device device) {
    return device.isGpu()
        ? CudaDriver.load()
            .flatMap(driver -> driver.capability(device.getDeviceId()))
            .map(capability -> capability >= AMPERE)
            .orElse(true)
        : !Bfloat16Products.widenedOn(device);
  }

  /** The name on the command line and in configurations. */
  @JsonValue
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
