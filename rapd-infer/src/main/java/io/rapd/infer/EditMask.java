package io.rapd.infer;

import io.rapd.core.image.Resampler;
import io.rapd.core.image.Resampling;
import io.rapd.core.image.RgbImage;

/** The mask of an edit on the cells of a latent. */
final class EditMask {
  private EditMask() {}

  /**
   * The share of each cell that is generated, (R, R) row-major, in [0, 1].
   *
   * @param mask a square image; white is generated
   * @param side R
   * @param blur standard deviation of the Gaussian, in cells
   */
  static float[] onCells(RgbImage mask, int side, double blur) {
    float[] planes = Resampler.resize(mask, Resampling.BILINEAR, side, side).planes();
    int area = side * side;
    float[] share = new float[area];
    for (int i = 0; i < area; i++) {
      float mean = (planes[i] + planes[area + i] + planes[2 * area + i]) / 3;
      share[i] = Math.max(0, Math.min(1, (mean + 1) / 2));
    }
    if (blur == 0) {
      return share;
    }
    float[] weights = gaussian(blur);
    return blurred(blurred(share, side, 1, weights), side, side, weights);
  }

  /** Weights at distances 0, 1, ... up to three standard deviations; their mirrored sum is 1. */
  private static float[] gaussian(double std) {
    float[] weights = new float[(int) Math.ceil(3 * std) + 1];
    double sum = 0;
    for (int d = 0; d < weights.length; d++) {
      weights[d] = (float) Math.exp(-d * d / (2 * std * std));
      sum += d == 0 ? weights[d] : 2 * weights[d];
    }
    for (int d = 0; d < weights.length; d++) {
      weights[d] /= (float) sum;
    }
    return weights;
  }

  /** Blurs along rows (step 1) or columns (step {@code side}); edges are repeated. */
  private static float[] blurred(float[] values, int side, int step, float[] weights) {
    float[] result = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      int place = i / step % side;
      int line = i - place * step;
      float sum = weights[0] * values[i];
      for (int d = 1; d < weights.length; d++) {
        sum += weights[d] * values[line + Math.max(0, place - d) * step];
        sum += weights[d] * values[line + Math.min(side - 1, place + d) * step];
      }
      result[i] = Math.max(0, Math.min(1, sum));
    }
    return result;
  }
}
