/**
 * Distances between two images: LPIPS, part of stage 1's loss L_rec, and PSNR for validation.
 *
 * <p>Images are (B, 3, H, W) in [-1, 1] unless stated otherwise. Start with {@link
 * io.rapd.core.metric.Lpips}.
 */
@NullMarked
package io.rapd.core.metric;

import org.jspecify.annotations.NullMarked;
