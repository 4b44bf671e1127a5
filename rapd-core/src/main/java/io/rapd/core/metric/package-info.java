/**
 * How far images are from each other or from a set: PSNR, SSIM, LPIPS (paper: L_rec, evaluation).
 *
 * <p>Images are (B, 3, H, W) in [-1, 1] unless a class says otherwise.
 */
@NullMarked
package io.rapd.core.metric;

import org.jspecify.annotations.NullMarked;
