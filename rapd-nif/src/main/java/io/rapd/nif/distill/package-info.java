/**
 * Semantic distillation of stage 1. The latent is pooled to the patch grid of a frozen teacher and
 * projected to its width; losses with margins pull the result towards the teacher's features. An
 * adaptive factor keeps their gradient as large as that of the reconstruction loss (VA-VAE).
 *
 * <p>Start with {@link io.rapd.nif.distill.SemanticDistillation}; the teachers are in {@code
 * io.rapd.nif.teacher}.
 */
@NullMarked
package io.rapd.nif.distill;

import org.jspecify.annotations.NullMarked;
