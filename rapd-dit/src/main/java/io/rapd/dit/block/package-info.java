/**
 * The parts of the denoiser: embedders of patches, time and text, transformer blocks, final layer,
 * and position tables.
 *
 * <p>Each part is one kernel call. Structure and parameter names are those of PixelGen's {@code
 * JiT_T2I}. B is the batch, N the number of image tokens, L that of text tokens, D the width.
 */
@NullMarked
package io.rapd.dit.block;

import org.jspecify.annotations.NullMarked;
