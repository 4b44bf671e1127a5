/**
 * The encoder E: image (B, 3, R, R) in [-1, 1] to latent z (B, C, R, R); EDSR without upsampling.
 */
@NullMarked
package io.rapd.nif.encoder;

import org.jspecify.annotations.NullMarked;
