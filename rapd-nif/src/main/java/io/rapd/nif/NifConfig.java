package io.rapd.nif;

import io.rapd.nif.encoder.EncoderConfig;
import io.rapd.nif.render.RendererConfig;

/**
 * The sizes of a neural image field.
 *
 * @param encoder image to latent
 * @param renderer latent to image
 */
public record NifConfig(EncoderConfig encoder, RendererConfig renderer) {}
