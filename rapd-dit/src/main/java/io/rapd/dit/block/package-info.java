/**
 * The parts of the denoiser: embedders of patches, time and text, transformer blocks, final layer,
 * and position tables. Each part is one kernel call. Structure and parameter names are those of
 * PixelGen's {@code JiT_T2I}, and code names in the Javadoc refer to it.
 *
 * <p>B is the batch size, N the number of image tokens, L the number of text tokens, D the width.
 *
 * <p>Start with {@link io.rapd.dit.block.ImageBlock}; {@link io.rapd.dit.Denoiser} puts the parts
 * together.
 */
@NullMarked
package io.rapd.dit.block;

import org.jspecify.annotations.NullMarked;
