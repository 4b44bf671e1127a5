/**
 * Inference: from a prompt or an image to an image field, and from the field to images of any size
 * (paper sections 3.1 and 3.3).
 *
 * <pre>
 * z~ = noise + integral of v(z_t, t, prompt)      {@link io.rapd.infer.TextToImage}
 * z  = z~ std + mean  or  encoder(image)          {@link io.rapd.infer.ImageToField}
 * image = renderer(z, pixel centres of H' x W')   {@link io.rapd.infer.ImageField}
 * </pre>
 *
 * <p>The public API of this module is these three classes, {@link io.rapd.infer.LoadOptions},
 * {@link io.rapd.infer.GenerationOptions}, {@link io.rapd.infer.ImageEdit}, {@link
 * io.rapd.infer.Keyframe}, {@link io.rapd.infer.PixelGenImport}, and {@link
 * io.rapd.infer.tile.TiledRenderer} with its {@link io.rapd.infer.tile.TileListener}. Read {@link
 * io.rapd.infer.TextToImage} first.
 */
@NullMarked
package io.rapd.infer;

import org.jspecify.annotations.NullMarked;
