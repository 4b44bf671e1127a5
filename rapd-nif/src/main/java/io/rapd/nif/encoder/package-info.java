/**
 * The encoder: image (B, 3, R, R) in [-1, 1] to latent z (B, C, R, R). {@link
 * io.rapd.nif.encoder.EdsrEncoder} is EDSR without upsampling; {@code io.rapd.nif.render} turns z
 * back into an image.
 */
@NullMarked
package io.rapd.nif.encoder;

import org.jspecify.annotations.NullMarked;
