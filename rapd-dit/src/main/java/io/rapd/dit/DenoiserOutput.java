package io.rapd.dit;

import ai.djl.ndarray.NDArray;

/**
 * What one pass of the denoiser yields when intermediate tokens are asked for.
 *
 * @param prediction (B, C, H, W), float32: the velocity, or the clean latent under x-prediction
 * @param features image tokens (B, N, D) between two blocks, in the denoiser's precision; when that
 *     is bfloat16 they may only be given to kernels
 */
public record DenoiserOutput(NDArray prediction, NDArray features) {}
