package io.rapd.nif.encoder;

import static io.rapd.core.config.Check.check;

/**
 * The sizes of the encoder.
 *
 * @param channels C of the latent, 16 in the paper
 * @param blocks residual blocks, 8 in the paper
 * @param residualScale factor on the branch of each block; 1 in LIIF's baseline
 */
public record EncoderConfig(int channels, int blocks, double residualScale) {
  public EncoderConfig {
    check(channels > 0, "encoder.channels must be positive, got %d", channels);
    check(blocks > 0, "encoder.blocks must be positive, got %d", blocks);
    check(residualScale > 0, "encoder.residualScale must be positive, got %s", residualScale);
  }
}
