/**
 * Frozen vision networks whose patch features give stage 1 its meaning (paper: semantic
 * distillation, {@code t} in L_cos and L_dms) and stage 2 its alignment target (L_REPA).
 *
 * <p>{@code t} (B, N, D): patch features, N patches row-major over the image, D values each.
 * Parameter names are those under which Hugging Face publishes the weights.
 */
@NullMarked
package io.rapd.nif.teacher;

import org.jspecify.annotations.NullMarked;
