/**
 * Metrics over sets of images: SSIM per image, and the Frechet distance between the features of two
 * sets (FID on Inception features). PSNR and LPIPS are in {@code io.rapd.core.metric}.
 *
 * <p>Start with {@link io.rapd.eval.metric.FrechetDistance}, which compares two {@link
 * io.rapd.eval.metric.FeatureStatistics}; {@link io.rapd.eval.metric.StatisticsFile} reads and
 * writes them as {@code .npz}.
 */
@NullMarked
package io.rapd.eval.metric;

import org.jspecify.annotations.NullMarked;
