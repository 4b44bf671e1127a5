package io.rapd.nif;

import static io.rapd.core.config.Check.check;

import io.rapd.nif.encoder.EncoderConfig;
import io.rapd.nif.encoder.PixelEncoderConfig;
import io.rapd.nif.render.PixelRendererConfig;
import io.rapd.nif.render.RendererConfig;

/**
 * The sizes of a neural image field.
 *
 * @param encoder image to latent
 * @param renderer latent to image
 */
public record NifConfig(EncoderConfig encoder, RendererConfig renderer) {
  public NifConfig {
    check(
        !(renderer instanceof PixelRendererConfig) || encoder instanceof PixelEncoderConfig,
        "nif.renderer of type pixels needs nif.encoder of type pixels");
  }

  /** Pixel space: the latent is the image itself, and so is the rendering. */
  public static NifConfig pixels() {
    return new NifConfig(new PixelEncoderConfig(), new PixelRendererConfig());
  }

  /** Whether the rendering is the latent itself, which has one size. */
  public boolean pixelSpace() {
    return renderer instanceof PixelRendererConfig;
  }
}
