/**
 * The denoiser of stage 2 (RaPD section 3.3): a diffusion transformer that turns a noisy latent
 * z_t, its time t and a prompt's text states y into the velocity v of the flow.
 *
 * <p>Shapes: latents (B, C, H, W), image tokens (B, N, D), text states (B, L, T), times (B).
 */
@NullMarked
package io.rapd.dit;

import org.jspecify.annotations.NullMarked;
