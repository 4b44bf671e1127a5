package io.rapd.dit;

import ai.djl.ndarray.NDArray;

/**
 * A prediction of the denoiser with intermediate tokens.
 *
 * @param prediction (B, C, H, W), float32: the velocity, or the clean latent under x-prediction
 * @param features image tokens (B, N, D) between two blocks, in the denoiser's precision; only
 *     kernels may use them if that is bfloat16
 */
public record DenoiserOutput(NDArray prediction, NDArray features) {}
