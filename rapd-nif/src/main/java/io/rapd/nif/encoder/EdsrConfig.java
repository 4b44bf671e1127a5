package io.rapd.nif.encoder;

import static io.rapd.core.config.Check.check;

import io.rapd.core.config.Default;
import io.rapd.core.torch.Precision;

/**
 * The sizes of the EDSR encoder.
 *
 * @param channels C of the latent, 16 in the paper
 * @param blocks residual blocks, 8 in the paper
 * @param residualScale factor on the branch of each block; 1 in LIIF's baseline
 * @param width channels of the residual blocks. 0: those of the latent, as in the paper. Otherwise
 *     the skip connection ends before the last convolution, which maps width to channels: latents
 *     of few channels from a larger encoder.
 */
public record EdsrConfig(int channels, int blocks, double residualScale, @Default("0") int width)
    implements EncoderConfig {
  public EdsrConfig {
    check(channels > 0, "encoder.channels must be positive, got %d", channels);
    check(blocks > 0, "encoder.blocks must be positive, got %d", blocks);
    check(residualScale > 0, "encoder.residualScale must be positive, got %s", residualScale);
    check(width >= 0, "encoder.width must be 0 or positive, got %d", width);
  }

  /** The paper's encoder, whose blocks have the channels of the latent. */
  public EdsrConfig(int channels, int blocks, double residualScale) {
    this(channels, blocks, residualScale, 0);
  }

  /**
   * Float32: each block saves its input and what ReLU leaves; then the last convolution, the latent
   * and two gradients.
   */
  @Override
  public long trainingBytesPerPixel() {
    long inner = width == 0 ? channels : width;
    return Float.BYTES * (inner * (2L * blocks + 3) + 3L * channels);
  }

  @Override
  public Encoder build() {
    // The encoder is small and its output is what everything else learns from: always float32.
    return new EdsrEncoder(this, Precision.FLOAT32);
  }
}
