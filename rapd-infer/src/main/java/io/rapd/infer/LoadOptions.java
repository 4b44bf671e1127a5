package io.rapd.infer;

import ai.djl.Device;
import io.rapd.core.torch.Devices;
import io.rapd.core.torch.Precision;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Where and how a model computes.
 *
 * @param device of all networks
 * @param precision in which denoiser and renderer compute and keep their matrices; the encoder of
 *     images is always float32
 * @param textEncoder the folder of the Qwen3 text encoder, where it is no longer the one of the
 *     training
 */
public record LoadOptions(Device device, Precision precision, Optional<Path> textEncoder) {
  /** The first GPU or else the CPU, float32, the text encoder where training had it. */
  public static LoadOptions defaults() {
    return new LoadOptions(Devices.of("auto"), Precision.FLOAT32, Optional.empty());
  }

  /** On another device. */
  public LoadOptions withDevice(Device other) {
    return new LoadOptions(other, precision, textEncoder);
  }

  /** In another precision. */
  public LoadOptions withPrecision(Precision other) {
    return new LoadOptions(device, other, textEncoder);
  }

  /** With the text encoder of another folder. */
  public LoadOptions withTextEncoder(Path folder) {
    return new LoadOptions(device, precision, Optional.of(folder));
  }
}
