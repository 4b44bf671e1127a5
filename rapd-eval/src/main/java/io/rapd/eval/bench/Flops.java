package io.rapd.eval.bench;

import io.rapd.dit.DenoiserConfig;
import io.rapd.nif.encoder.EncoderConfig;
import io.rapd.nif.render.CqarConfig;
import io.rapd.nif.render.RendererConfig;

/**
 * Floating-point operations of matrix products and convolutions, two per multiplication and
 * addition; norms, activations and softmax are not counted.
 */
final class Flops {
  /** A backward pass has two products for each of the forward pass. */
  static final double TRAINING = 3;

  private Flops() {}

  /** One sample of the denoiser. */
  static double denoiser(DenoiserConfig config) {
    double width = config.width();
    double tokens = config.imageTokens();
    double texts = config.textTokens();
    double patch = (double) config.channels() * config.patchSize() * config.patchSize();
    double square = width * width;
    double feedForward = 3 * config.mlpRatio() * square;
    double modulation = 6 * square; // once per sample
    double embedded = tokens * (patch + width) * config.bottleneck();
    double text = texts * config.textWidth() * width;
    double textBlock = texts * (4 * square + feedForward) + 2 * texts * texts * width + modulation;
    double imageBlock =
        tokens * (4 * square + feedForward)
            + texts * 2 * square
            + 2 * tokens * (tokens + texts) * width
            + modulation;
    double last = tokens * width * patch;
    return 2
        * (embedded + text + config.textBlocks() * textBlock + config.depth() * imageBlock + last);
  }

  /** An encoder whose weights are convolutions at the size of the image. */
  static double encoder(EncoderConfig config, long pixels) {
    return 2.0 * config.build().parameterCount() * pixels;
  }

  /** A rendering by CQAR; 0 for other renderers, which are not counted. */
  static double renderer(RendererConfig config, long pixels) {
    if (!(config instanceof CqarConfig cqar)) {
      return 0;
    }
    double width = cqar.width();
    double window = (double) cqar.window() * cqar.window();
    double block = 4 * width * width + 3 * cqar.expansion() * width * width + 2 * window * width;
    return 2 * pixels * (cqar.blocks() * block + 3 * width);
  }
}
