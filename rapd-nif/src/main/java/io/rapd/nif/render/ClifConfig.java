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

  /**
   * Each of five steps saves its input in float32 and, in the type of the convolution, what enters
   * and leaves SiLU; two more arrays are gradients.
   */
  @Override
  public long trainingBytesPerPixel(Precision precision) {
    long compute = precision == Precision.BFLOAT16 ? 2 : 4;
    return width * (5 * (Float.BYTES + 2 * compute) + 2L * Float.BYTES);
  }

  @Override
  public Renderer build(int latentChannels, Precision precision) {
    return new ClifRenderer(this, latentChannels, precision);
  }
}
