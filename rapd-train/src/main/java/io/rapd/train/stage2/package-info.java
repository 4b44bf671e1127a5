/**
 * Stage 2 (paper section 3.4): the denoiser learns to generate the normalised latents z~ of stage 1
 * from text,
 *
 * <pre>
 * L_stage2 = mean (v_theta(z_t, t, y) - (z~ - e))^2 + 0.5 L_REPA
 * </pre>
 *
 * with a frozen field, a frozen text encoder and a frozen teacher. Read next: {@link
 * io.rapd.train.stage2.Stage2#gradients}, the loss.
 */
@NullMarked
package io.rapd.train.stage2;

import org.jspecify.annotations.NullMarked;
