package io.rapd.train.command;

import static io.rapd.core.text.Messages.message;

import ai.djl.Device;
import io.rapd.core.torch.Devices;
import io.rapd.core.torch.Precision;
import io.rapd.core.torch.PrecisionChoice;
import io.rapd.core.torch.Tf32;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** {@code --device}, {@code --precision} and {@code --tf32}, as a picocli mixin. */
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
      description =
          "float32, bfloat16 or auto (bfloat16 where it is fast), the type in which networks"
              + " compute; trained weights, averages and losses stay float32. Training takes the"
              + " configuration's precision unless it is given here (default: float32)")
  private @Nullable String precision;

  @Option(
      names = "--tf32",
      paramLabel = "WHERE",
      description =
          "on, off or auto: whether a GPU computes float32 products in TF32, faster and with 10 bits"
              + " of mantissa; auto in convolutions only. Nothing on a CPU (default: auto)")
  void tf32(@Nullable String where) {
    if (where != null) {
      Tf32.of(where).choose(); // now: it must come before the engine loads
    }
  }

  /** The device as named: {@code auto}, {@code cpu} or {@code cuda:N}. */
  public String deviceName() {
    return device;
  }

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
    return given().orElse(PrecisionChoice.FLOAT32).on(device());
  }

  /** The precision as given, if it was given. */
  public Optional<PrecisionChoice> given() {
    return Optional.ofNullable(precision).map(PrecisionChoice::ofLabel);
  }

  /** One line that names the chosen device and precision. */
  public String describe() {
    return message(
        "%s%s, %s",
        Devices.name(device()), device.equals("auto") ? " (auto)" : "", precision().on(device()));
  }
}
