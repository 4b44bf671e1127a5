/**
 * Renderers: latent z (B, C, h, w) and a grid of coordinates to RGB (paper section 3.2, equations 8
 * and 13 to 17).
 */
@NullMarked
package io.rapd.nif.render;

import org.jspecify.annotations.NullMarked;
