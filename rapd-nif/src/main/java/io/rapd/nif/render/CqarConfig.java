package io.rapd.nif.render;

import static io.rapd.core.config.Check.check;

import io.rapd.core.torch.Precision;

/**
 * The sizes of the coordinate-queried attention renderer (CQAR).
 *
 * @param width D, values per token; 256 in the paper
 * @param heads attention heads; 4
 * @param window side of a window in output pixels; 8; even, since odd blocks shift by half of it
 * @param blocks 4 in the paper
 * @param expansion of the gated feed-forward network; 4
 */
public record CqarConfig(int width, int heads, int window, int blocks, int expansion)
    implements RendererConfig {
  /** Attention within a window takes window^4 values per head. */
  private static final int MOST_WINDOW = 128;

  private static final int MOST_HIDDEN = 1 << 20;

  public CqarConfig {
    check(
        width > 0 && heads > 0,
        "renderer.width (%d) and heads (%d) must be positive",
        width,
        heads);
    check(
        width % heads == 0,
        "renderer.width (%d) must be divisible by renderer.heads (%d)",
        width,
        heads);
    check(
        window > 1 && window <= MOST_WINDOW && window % 2 == 0,
        "renderer.window must be an even number up to %d, got %d",
        MOST_WINDOW,
        window);
    check(blocks > 0, "renderer.blocks must be positive, got %d", blocks);
    check(expansion > 0, "renderer.expansion must be positive, got %d", expansion);
    check(
        2L * expansion * width <= MOST_HIDDEN,
        "renderer.expansion times width must be at most %d, got %d x %d",
        MOST_HIDDEN / 2,
        expansion,
        width);
  }

  /**
   * A block saves its input, both norms, q, k and v as windows, the scaled q, the attention weights
   * of a window's row, the joined windows, the sum after attention and four hidden arrays.
   */
  @Override
  public long trainingBytesPerPixel(Precision precision) {
    long perBlock = (9L + 4L * expansion) * width + (long) heads * window * window;
    long ends = 5L * width; // the last tokens, their norm, gradients
    return (blocks * perBlock + ends) * (precision == Precision.BFLOAT16 ? 2 : 4);
  }

  @Override
  public boolean regionsAreDifferentiable() {
    return true;
  }

  @Override
  public Renderer build(int latentChannels, Precision precision) {
    return new CqarRenderer(this, latentChannels, precision);
  }
}
