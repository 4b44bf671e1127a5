package io.rapd.dit.flow;

import ai.djl.ndarray.NDArray;

/** What a solver needs of a denoiser; {@code denoiser::forward} is one. */
@FunctionalInterface
public interface DenoisingNetwork {
  /**
   * The network's output.
   *
   * @param latent z_t (B, C, H, W)
   * @param times t (B)
   * @param text states of the prompts (B, L, T)
   * @return (B, C, H, W), float32, on the latent's manager
   */
  NDArray predict(NDArray latent, NDArray times, NDArray text);
}
