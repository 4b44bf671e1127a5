package io.rapd.dit;

import ai.djl.ndarray.NDManager;
import io.rapd.core.checkpoint.ModelFolder;
import io.rapd.core.checkpoint.Provenance;
import io.rapd.core.config.ConfigFile;
import io.rapd.core.nn.Weights;
import io.rapd.core.torch.Precision;
import io.rapd.dit.flow.FlowConfig;
import io.rapd.dit.flow.SamplingConfig;
import io.rapd.dit.text.TextEncoderConfig;
import java.nio.file.Path;
import java.util.List;

/**
 * A trained denoiser on disk: {@code config.json} and {@code model.safetensors}.
 *
 * @param denoiser the network, with its weights
 * @param description the contents of {@code config.json}
 */
public record DenoiserFolder(Denoiser denoiser, Description description) {
  /**
   * The contents of {@code config.json}: everything that sampling needs besides the weights.
   *
   * @param denoiser sizes of the network
   * @param text the text encoder
   * @param textProvenance identifies the weights of the text encoder; the denoiser needs the same
   * @param flow what the denoiser was trained to predict
   * @param sampling default settings of the sampler
   * @param provenance data, seed and number of steps of the training
   */
  public record Description(
      DenoiserConfig denoiser,
      TextEncoderConfig text,
      String textProvenance,
      FlowConfig flow,
      SamplingConfig sampling,
      Provenance provenance) {}

  /** Reads {@code config.json} only. */
  public static Description describe(Path folder) {
    return ConfigFile.read(folder.resolve("config.json"), Description.class, List.of());
  }

  /** As the other {@code load}, with {@link Weights#FULL}. */
  public static DenoiserFolder load(Path folder, Precision precision, NDManager manager) {
    return load(folder, precision, Weights.FULL, manager);
  }

  /**
   * Loads a denoiser for inference, one tensor at a time.
   *
   * @param precision in which it computes and stores its matrices
   * @param weights which matrices are kept in int8 instead
   * @throws IllegalArgumentException if {@code config.json} and weights disagree
   * @throws io.rapd.core.checkpoint.CheckpointException if a file is missing or damaged
   */
  public static DenoiserFolder load(
      Path folder, Precision precision, Weights weights, NDManager manager) {
    try (ModelFolder files = ModelFolder.open(folder)) {
      Description description = ConfigFile.read(files.config(), Description.class, List.of());
      Denoiser denoiser = description.denoiser().build(precision);
      denoiser.load(files, "", name -> false, precision, weights, manager);
      return new DenoiserFolder(denoiser, description);
    }
  }
}
