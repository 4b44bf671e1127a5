/**
 * The outputs of stage 2's frozen networks over a data set, computed once: the text states of its
 * captions and, optionally, the teacher's features and the latents of its images. Stage 2 reads
 * them from safetensors shards instead of running the networks.
 *
 * <p>A prepared folder holds {@code config.json}, shards {@code text-NNNNN.safetensors} with {@code
 * states.HASH} (L, T), where HASH is the SHA-256 of the prompt, and shards {@code
 * features-NNNNN.safetensors} with {@code features.HASH} (N, D), where HASH is that of the sample's
 * key. Shards {@code latents-NNNNN.safetensors} hold {@code latents.HASH} (C, R, R), normalised; a
 * tensor without values stands for an image that was passed over. The metadata of a shard of images
 * has the SHA-256 of each image file, under the name of its tensor.
 */
@NullMarked
package io.rapd.train.prepare;

import org.jspecify.annotations.NullMarked;
