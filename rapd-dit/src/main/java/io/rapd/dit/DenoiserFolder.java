package io.rapd.dit;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.rapd.core.checkpoint.AtomicFolder;
import io.rapd.core.checkpoint.ModelFolder;
import io.rapd.core.checkpoint.Provenance;
import io.rapd.core.config.ConfigFile;
import io.rapd.core.torch.Precision;
import io.rapd.dit.flow.FlowConfig;
import io.rapd.dit.flow.SamplingConfig;
import io.rapd.dit.text.TextEncoderConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A trained denoiser as a folder: {@code config.json} with everything that sampling needs beside
 * the weights, and {@code model.safetensors}.
 *
 * @param denoiser the network, with its weights
 * @param description what config.json says
 */
public record DenoiserFolder(Denoiser denoiser, Description description) {
  /**
   * {@code config.json}.
   *
   * @param denoiser the sizes
   * @param text the encoder of its prompts
   * @param textProvenance what that encoder calls itself: another one will not do
   * @param flow what it has learnt
   * @param sampling how to sample from it
   * @param provenance where it comes from
   */
  public record Description(
      DenoiserConfig denoiser,
      TextEncoderConfig text,
      String textProvenance,
      FlowConfig flow,
      SamplingConfig sampling,
      Provenance provenance) {}

  /** Writes a folder beside its place and renames it there. */
  public static void write(Path folder, Description description, Map<String, NDArray> values) {
    AtomicFolder.write(folder, place -> ModelFolder.fill(place, description, values));
  }

  /**
   * Loads a folder for inference.
   *
   * @param precision in which it computes and keeps its matrices
   * @throws IllegalArgumentException where config.json and weights contradict each other
   * @throws io.rapd.core.checkpoint.CheckpointException where a file is missing or damaged
   */
  public static DenoiserFolder load(Path folder, Precision precision, NDManager manager) {
    try (ModelFolder files = ModelFolder.open(folder)) {
      Description description = ConfigFile.read(files.config(), Description.class, List.of());
      Denoiser denoiser = description.denoiser().build(precision);
      denoiser.load(files, "", name -> false, Precision.FLOAT32, manager);
      denoiser.keepMatricesIn(precision);
      return new DenoiserFolder(denoiser, description);
    }
  }
}
