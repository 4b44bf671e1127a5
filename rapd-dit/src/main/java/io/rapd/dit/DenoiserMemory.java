package io.rapd.dit;

import io.rapd.core.torch.Precision;

/**
 * What a training step of a denoiser keeps in memory besides weights, gradients and optimiser
 * state, counted from the arrays that autograd saves in the blocks' kernels (docs/decisions/0022).
 *
 * @param precision in which the kernels compute
 */
public record DenoiserMemory(DenoiserConfig config, Precision precision) {
  /**
   * Arrays of the size of the latent that live through a step: latent, noise, their mixture, the
   * prediction and the patches.
   */
  private static final int LATENTS = 5;

  /** Further ones while the loss is differentiated. */
  private static final int LATENTS_OF_LOSS = 3;

  /**
   * Bytes of a micro-batch, at the peak of its backward pass.
   *
   * @param samples in the micro-batch
   * @param checkpointing whether each block keeps its input only
   */
  public long activations(int samples, boolean checkpointing) {
    long latent = config.latentShape().size() * Float.BYTES;
    long tokens = (long) config.width() * bytes();
    long inputs =
        (config.depth() + 1L) * config.imageTokens() * tokens
            + (config.textBlocks() + 1L) * config.textTokens() * tokens;
    long block = imageBlock();
    long gradients = config.imageTokens() * tokens * (2L * config.mlpRatio() + 2);
    long kept =
        checkpointing
            ? Math.max(LATENTS_OF_LOSS * latent, block + gradients)
            : LATENTS_OF_LOSS * latent + config.depth() * block + config.textBlocks() * textBlock();
    long states = 2L * config.textTokens() * config.textWidth() * Float.BYTES;
    return samples * (LATENTS * latent + states + inputs + kept)
        + casts(checkpointing ? 1 : config.depth() + config.textBlocks());
  }

  private int bytes() {
    return precision == Precision.BFLOAT16 ? 2 : 4;
  }

  /**
   * Per token and channel, with r = mlpRatio. bfloat16: two norms with modulation 16, queries, keys
   * and values with their norms in float32 28, feed-forward network 8 r + 6. float32: 16, 44, 16 r
   * + 12.
   */
  private long imageBlock() {
    long ratio = config.mlpRatio();
    boolean half = precision == Precision.BFLOAT16;
    long image = half ? 50 + 8 * ratio : 72 + 16 * ratio;
    long text = half ? 12 : 24;
    return (image * config.imageTokens() + text * config.textTokens()) * config.width();
  }

  private long textBlock() {
    long ratio = config.mlpRatio();
    long each = precision == Precision.BFLOAT16 ? 56 + 8 * ratio : 76 + 16 * ratio;
    return each * config.textTokens() * config.width();
  }

  /**
   * The matrices of some blocks in bfloat16, which their graphs keep, and the gradient of one
   * matrix in both types.
   */
  private long casts(int blocks) {
    if (precision != Precision.BFLOAT16) {
      return 0;
    }
    long square = (long) config.width() * config.width();
    long matrices = (6 + 3L * config.mlpRatio()) * square;
    long largest = 2L * config.mlpRatio() * square;
    return 2 * matrices * blocks + 6 * largest;
  }
}
