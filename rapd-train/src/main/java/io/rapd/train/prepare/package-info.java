/**
 * What frozen networks say of a data set, computed once: the text states of its captions and, where
 * wanted, the teacher's features of its images, as safetensors shards that stage 2 reads instead of
 * running the networks.
 *
 * <p>A prepared folder holds {@code config.json}, shards {@code text-NNNNN.safetensors} with {@code
 * states.HASH} (L, T) and {@code mask.HASH} (L), HASH the SHA-256 of the prompt, and shards {@code
 * features-NNNNN.safetensors} with {@code features.HASH} (N, D), HASH that of the sample's key.
 */
@NullMarked
package io.rapd.train.prepare;

import org.jspecify.annotations.NullMarked;
