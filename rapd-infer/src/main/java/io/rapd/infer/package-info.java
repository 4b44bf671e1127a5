/**
 * Using trained models: a prompt or an image becomes an image field, the field becomes images of
 * any size (paper sections 3.1 and 3.3).
 *
 * <pre>
 * z~ = noise + integral of v(z_t, t, prompt)        {@link io.rapd.infer.TextToImage}
 * z  = z~ std + mean  or  encoder(image)    {@link io.rapd.infer.ImageToField}
 * image = renderer(z, pixel centres of H' x W')   {@link io.rapd.infer.ImageField}
 * </pre>
 */
@NullMarked
package io.rapd.infer;

import org.jspecify.annotations.NullMarked;
