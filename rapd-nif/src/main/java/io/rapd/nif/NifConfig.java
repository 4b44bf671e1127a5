package io.rapd.nif;

import io.rapd.nif.encoder.EncoderConfig;
import io.rapd.nif.render.RendererConfig;

/**
 * A neural image field.
 *
 * @param encoder picture to latent
 * @param renderer latent to picture
 */
public record NifConfig(EncoderConfig encoder, RendererConfig renderer) {}
