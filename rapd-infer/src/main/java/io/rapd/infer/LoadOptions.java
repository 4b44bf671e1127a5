package io.rapd.infer;

import ai.djl.Device;
import io.rapd.core.torch.Devices;
import io.rapd.core.torch.Precision;
import java.nio.file.Path;
import java.util.Optional;

/**
 * On which device and in which precision a model computes.
 *
 * @param device of all networks
 * @param precision in which denoiser and renderer compute and keep their matrices; the image
 *     encoder is always float32
 * @param textEncoder the folder of the Qwen3 text encoder; if empty, the one it had in training
 * @param field for a pixel-space model: a stage-1 model, or its run, whose encoder turns the
 *     model's images into fields that render at any size
 */
public record LoadOptions(
    Device device, Precision precision, Optional<Path> textEncoder, Optional<Path> field) {
  /** The first GPU, or the CPU if there is none; float32; the text encoder of the training. */
  public static LoadOptions defaults() {
    return new LoadOptions(
        Devices.of("auto"), Precision.FLOAT32, Optional.empty(), Optional.empty());
  }

  public LoadOptions withDevice(Device other) {
    return new LoadOptions(other, precision, textEncoder, field);
  }

  public LoadOptions withPrecision(Precision other) {
    return new LoadOptions(device, other, textEncoder, field);
  }

  public LoadOptions withTextEncoder(Path folder) {
    return new LoadOptions(device, precision, Optional.of(folder), field);
  }

  public LoadOptions withField(Path folder) {
    return new LoadOptions(device, precision, textEncoder, Optional.of(folder));
  }
}
