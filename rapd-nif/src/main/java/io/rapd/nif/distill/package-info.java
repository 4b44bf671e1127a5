/**
 * Semantic distillation (paper section 3.3): the latent, pooled to a frozen teacher's patch grid
 * and projected to its width, is drawn towards the teacher's features with margins; its weight
 * adapts to the reconstruction's gradient (VA-VAE).
 */
@NullMarked
package io.rapd.nif.distill;

import org.jspecify.annotations.NullMarked;
