package io.rapd.train.command;

import static io.rapd.core.text.Messages.message;

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
          "auto, cpu or cuda:N; auto is the first GPU, or the CPU if there is none (default: ${DEFAULT-VALUE})")
  private String device = "auto";

  @Option(
      names = "--precision",
      paramLabel = "FORMAT",
      defaultValue = "float32",
      description =
          "float32 or bfloat16, the type in which networks compute; weights, optimiser and losses"
              + " stay float32 (default: ${DEFAULT-VALUE})")
  private String precision = "float32";

  /**
   * The chosen device.
   *
   * @throws IllegalArgumentException if there is none of that name
   */
  public Device device() {
    return Devices.of(device);
  }

  /**
   * The chosen precision.
   *
   * @throws IllegalArgumentException if there is none of that name
   */
  public Precision precision() {
    return Precision.ofLabel(precision);
  }

  /** One line that names the chosen device and precision. */
  public String describe() {
    return message(
        "%s%s, %s",
        Devices.name(device()), device.equals("auto") ? " (auto)" : "", precision().on(device()));
  }
}
