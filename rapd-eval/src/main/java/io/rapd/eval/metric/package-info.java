/**
 * Metrics over sets of images: SSIM per image, and the Frechet distance between the Inception
 * features of two sets (FID). PSNR and LPIPS are in {@code io.rapd.core.metric}.
 *
 * <p>Start with {@link io.rapd.eval.metric.FrechetDistance}, which compares two {@link
 * io.rapd.eval.metric.FeatureStatistics}: they come from the features that {@link
 * io.rapd.eval.metric.InceptionFeatures} extracts, or from an {@code .npz} file ({@link
 * io.rapd.eval.metric.StatisticsFile}).
 */
@NullMarked
package io.rapd.eval.metric;

import org.jspecify.annotations.NullMarked;
