/**
 * Frozen vision networks (DINOv2, CLIP). Their patch features t are the target of stage 1's
 * semantic distillation (L_cos and L_dms) and of stage 2's REPA loss (L_REPA).
 *
 * <p>t is (B, N, D): N patches, row-major over the image, with D values each. Parameters have the
 * names under which Hugging Face publishes the weights.
 *
 * <p>Start with {@link io.rapd.nif.teacher.SemanticTeacher}, then {@link
 * io.rapd.nif.teacher.Dinov2Teacher}; {@code io.rapd.nif.distill} uses the features.
 */
@NullMarked
package io.rapd.nif.teacher;

import org.jspecify.annotations.NullMarked;
