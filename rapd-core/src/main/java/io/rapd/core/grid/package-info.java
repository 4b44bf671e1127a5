/**
 * Pixel grids, coordinates and cells (paper appendix B.2, LIIF's convention).
 *
 * <p>Pixel (i, j) of H' x W' has its centre at x = (-1 + (2i+1)/H', -1 + (2j+1)/W') and the cell
 * (2/H', 2/W'). Everything is ordered (y, x).
 */
@NullMarked
package io.rapd.core.grid;

import org.jspecify.annotations.NullMarked;
