/**
 * The denoiser of stage 2: a diffusion transformer that maps a noisy latent z_t, its time t and the
 * text states y of a prompt to the velocity v of the flow.
 *
 * <p>Latents are (B, C, H, W), image tokens (B, N, D), text states (B, L, T), times (B).
 *
 * <p>Start with {@link io.rapd.dit.Denoiser}. Its parts are in {@code block}, text encoders in
 * {@code text}, training loss and sampling in {@code flow}.
 */
@NullMarked
package io.rapd.dit;

import org.jspecify.annotations.NullMarked;
