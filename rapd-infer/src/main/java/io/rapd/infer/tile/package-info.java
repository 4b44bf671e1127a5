/**
 * Rendering in bounded memory: an image is a mosaic of tiles, and each tile equals the same part of
 * the image rendered in one piece (docs/decisions/0013).
 */
@NullMarked
package io.rapd.infer.tile;

import org.jspecify.annotations.NullMarked;
