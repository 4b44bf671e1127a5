package io.rapd.nif.encoder;

import static io.rapd.core.config.Check.check;

import io.rapd.core.torch.Precision;

/**
 * The sizes of the EDSR encoder.
 *
 * @param channels C of the latent, 16 in the paper
 * @param blocks residual blocks, 8 in the paper
 * @param residualScale factor on the branch of each block; 1 in LIIF's baseline
 */
public record EdsrConfig(int channels, int blocks, double residualScale) implements EncoderConfig {
  public EdsrConfig {
    check(channels > 0, "encoder.channels must be positive, got %d", channels);
    check(blocks > 0, "encoder.blocks must be positive, got %d", blocks);
    check(residualScale > 0, "encoder.residualScale must be positive, got %s", residualScale);
  }

  @Override
  public Encoder build() {
    // The encoder is small and its output is what everything else learns from: always float32.
    return new EdsrEncoder(this, Precision.FLOAT32);
  }
}
