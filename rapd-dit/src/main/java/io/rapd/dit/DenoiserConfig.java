package io.rapd.dit;

import static io.rapd.core.config.Check.check;

import ai.djl.ndarray.types.Shape;
import io.rapd.core.torch.Precision;

/**
 * The sizes of a denoiser.
 *
 * @param channels C of the latent
 * @param latentSize height and width of the training latents; other shapes must have the same
 *     number of patches
 * @param patchSize height and width of a patch of the latent; one token per patch
 * @param width D of the tokens
 * @param depth number of image blocks
 * @param heads attention heads; {@code width / heads} must be a multiple of 4
 * @param bottleneck width of the layer between the values of a patch and its token
 * @param mlpRatio width of the feed-forward networks as a multiple of {@code width}
 * @param textBlocks number of text blocks
 * @param textWidth T of the text states
 * @param textTokens L of the text states
 */
public record DenoiserConfig(
    int channels,
    int latentSize,
    int patchSize,
    int width,
    int depth,
    int heads,
    int bottleneck,
    int mlpRatio,
    int textBlocks,
    int textWidth,
    int textTokens) {

  public DenoiserConfig {
    within("channels", channels, 1, 4096);
    within("latentSize", latentSize, 1, 16_384);
    within("patchSize", patchSize, 1, 256);
    within("width", width, 4, 16_384);
    within("depth", depth, 1, 1024);
    within("heads", heads, 1, 1024);
    within("bottleneck", bottleneck, 1, 65_536);
    within("mlpRatio", mlpRatio, 1, 64);
    within("textBlocks", textBlocks, 0, 1024);
    within("textWidth", textWidth, 1, 65_536);
    within("textTokens", textTokens, 1, 65_536);
    divisible("latentSize", latentSize, "patchSize", patchSize);
    divisible("width", width, "heads", heads);
    // Rotary and sin-cos tables divide the channels among two axes, and then into pairs.
    check(
        (width / heads) % 4 == 0,
        "denoiser.width / denoiser.heads (%d / %d = %d) must be a multiple of 4",
        width,
        heads,
        width / heads);
  }

  /** (C, R, R), the shape of one latent. */
  public Shape latentShape() {
    return new Shape(channels, latentSize, latentSize);
  }

  /** The paper's denoiser: 512x512x16 latents, 1024 tokens of width 1536, 24 heads, 16 blocks. */
  public static DenoiserConfig paper() {
    return new DenoiserConfig(16, 512, 16, 1536, 16, 24, 1024, 4, 4, 2048, 128);
  }

  /** Tokens along one side of the training grid. */
  public int gridSize() {
    return latentSize / patchSize;
  }

  /** N, the number of image tokens. */
  public int imageTokens() {
    return gridSize() * gridSize();
  }

  /** Channels of one attention head. */
  public int headWidth() {
    return width / heads;
  }

  /** A denoiser of these sizes without values yet. */
  public Denoiser build(Precision precision) {
    return new Denoiser(this, precision);
  }

  private static void within(String field, int value, int least, int most) {
    check(
        value >= least && value <= most,
        "denoiser.%s must be from %d to %d, got %d",
        field,
        least,
        most,
        value);
  }

  private static void divisible(String field, int value, String divisorField, int divisor) {
    check(
        value % divisor == 0,
        "denoiser.%s (%d) must be divisible by denoiser.%s (%d)",
        field,
        value,
        divisorField,
        divisor);
  }
}
