/**
 * The neural image field: an encoder turns an image into a latent z (B, C, R, R), and a renderer
 * turns z and any list of coordinates into RGB. The renderer does not know the size of the encoded
 * image, so one latent can be rendered at any size.
 *
 * <p>Start with {@link io.rapd.nif.NeuralImageField}, then {@code encoder}, {@code render} and, for
 * training, {@code teacher} and {@code distill}.
 */
@NullMarked
package io.rapd.nif;

import org.jspecify.annotations.NullMarked;
