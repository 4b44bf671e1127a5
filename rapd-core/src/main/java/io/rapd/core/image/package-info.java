/**
 * Image files, their pixels as tensors, and resampling. Everything but {@link
 * io.rapd.core.image.ImageTensors} is plain Java, so that data-loading threads can use it.
 *
 * <p>An {@link io.rapd.core.image.RgbImage} is the image I of the paper: (3, H, W) with values in
 * [-1, 1]. {@link io.rapd.core.image.Resampler} makes the training targets I' of section 3. Start
 * with {@link io.rapd.core.image.RgbImageReader}.
 */
@NullMarked
package io.rapd.core.image;

import org.jspecify.annotations.NullMarked;
