package io.rapd.infer;

import ai.djl.Device;
import io.rapd.core.nn.Weights;
import io.rapd.core.torch.Devices;
import io.rapd.core.torch.Precision;
import java.nio.file.Path;
import java.util.Optional;

/**
 * On which device and in which precision a model computes, and how it keeps its weights.
 *
 * @param device of all networks
 * @param precision in which denoiser and renderer compute and keep their matrices; the image
 *     encoder is always float32
 * @param weights which matrices of denoiser and text encoder are kept in int8 instead: a third to a
 *     half of the memory of bfloat16, for slower steps
 * @param textEncoder the folder of the Qwen3 text encoder; if empty, the one it had in training
 * @param field for a pixel-space model: a stage-1 model, or its run, whose encoder turns the
 *     model's images into fields that render at any size
 */
public record LoadOptions(
    Device device,
    Precision precision,
    Weights weights,
    Optional<Path> textEncoder,
    Optional<Path> field) {
  /**
   * The first GPU, or the CPU if there is none; float32, no int8; the text encoder of the training.
   */
  public static LoadOptions defaults() {
    return new LoadOptions(
        Devices.of("auto"), Precision.FLOAT32, Weights.FULL, Optional.empty(), Optional.empty());
  }

  public LoadOptions withDevice(Device other) {
    return new LoadOptions(other, precision, weights, textEncoder, field);
  }

  public LoadOptions withPrecision(Precision other) {
    return new LoadOptions(device, other, weights, textEncoder, field);
  }

  public LoadOptions withWeights(Weights other) {
    return new LoadOptions(device, precision, other, textEncoder, field);
  }

  public LoadOptions withTextEncoder(Path folder) {
    return new LoadOptions(device, precision, weights, Optional.of(folder), field);
  }

  public LoadOptions withField(Path folder) {
    return new LoadOptions(device, precision, weights, textEncoder, Optional.of(folder));
  }
}
