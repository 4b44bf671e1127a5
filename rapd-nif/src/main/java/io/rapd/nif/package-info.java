/**
 * The neural image field (paper section 3): an encoder turns an image into a latent z (B, C, R, R),
 * a renderer turns (z, any list of coordinates) into RGB. Rendering never sees the size at which z
 * was made: one field, many sizes.
 */
@NullMarked
package io.rapd.nif;

import org.jspecify.annotations.NullMarked;
