/**
 * Rendering in bounded memory: an image of any size as a mosaic of tiles, each of which equals the
 * same part of the whole.
 */
@NullMarked
package io.rapd.infer.tile;

import org.jspecify.annotations.NullMarked;
