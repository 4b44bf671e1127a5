/**
 * Image files, 8-bit and float pixels, and resampling between resolutions. Everything here is plain
 * Java on the host, so that data-loading threads can use it.
 *
 * <p>An image is the paper's image I in (3, H, W) order with values in [-1, 1]; the resampling
 * makes the training targets I' at the size (H', W') of section 3.
 */
@NullMarked
package io.rapd.core.image;

import org.jspecify.annotations.NullMarked;
