package io.rapd.nif.render;

import static io.rapd.core.config.Check.check;

import io.rapd.core.torch.Precision;

/**
 * The convolutional renderer of Image Neural Field Diffusion (CLIF).
 *
 * @param width channels of the hidden layers; a multiple of 32 with normalisation
 * @param normalize whether the residual blocks normalise by GroupNorm, whose statistics are those
 *     of the whole image: its tiles then need passes over the whole image first
 */
public record ClifConfig(int width, boolean normalize) implements RendererConfig {
  /** Groups of each GroupNorm, as published. */
  static final int GROUPS = 32;

  public ClifConfig {
    check(width > 0, "renderer.width must be positive, got %d", width);
    check(
        !normalize || width % GROUPS == 0,
        "renderer.width must be a multiple of %d for renderer.normalize, got %d",
        GROUPS,
        width);
  }

  @Override
  public Renderer build(int latentChannels, Precision precision) {
    return new ClifRenderer(this, latentChannels, precision);
  }
}
