/**
 * Pixel grids, coordinates and cells in LIIF's convention.
 *
 * <p>Pixel (i, j) of an image of H' x W' has its centre at (-1 + (2i+1)/H', -1 + (2j+1)/W') and the
 * cell size (2/H', 2/W'). Coordinates are ordered (y, x), sizes (height, width).
 *
 * <p>Start with {@link io.rapd.core.grid.PixelGrid}; the renderers in {@code io.rapd.nif.render}
 * use it.
 */
@NullMarked
package io.rapd.core.grid;

import org.jspecify.annotations.NullMarked;
