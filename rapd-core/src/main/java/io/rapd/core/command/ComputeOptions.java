package io.rapd.core.command;

import ai.djl.Device;
import io.rapd.core.torch.Devices;
import io.rapd.core.torch.Precision;
import picocli.CommandLine.Option;

/** {@code --device} and {@code --precision}, as a picocli mixin. */
public final class ComputeOptions {
  @Option(
      names = "--device",
      paramLabel = "DEVICE",
      defaultValue = "auto",
      description =
          "auto, cpu or cuda:N; auto takes the first GPU, else the CPU (default: ${DEFAULT-VALUE})")
  private String device = "auto";

  @Option(
      names = "--precision",
      paramLabel = "FORMAT",
      defaultValue = "float32",
      description =
          "float32 or bfloat16, in which networks compute; weights, optimiser and losses stay"
              + " float32 (default: ${DEFAULT-VALUE})")
  private String precision = "float32";

  /**
   * The device asked for.
   *
   * @throws IllegalArgumentException where there is none of that name
   */
  public Device device() {
    return Devices.of(device);
  }

  /**
   * The precision asked for.
   *
   * @throws IllegalArgumentException where there is none of that name
   */
  public Precision precision() {
    return Precision.ofLabel(precision);
  }

  /** One line that says what was taken. */
  public String describe() {
    return "%s%s, %s"
        .formatted(
            Devices.name(device()),
            device.equals("auto") ? " (auto)" : "",
            precision().on(device()));
  }
}
