package io.rapd.core.image;

import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;

/**
 * Resampling weights along one axis: output pixel i is the sum over k < {@code count[i]} of {@code
 * weights[i * taps + k] * input[first[i] + k]}.
 */
final class AxisWeights {
  private static final int LOBES = 3;

  private final int taps;
  private final int[] first;
  private final int[] count;
  private final float[] weights;

  private AxisWeights(int outputs, int taps) {
    this.taps = taps;
    this.first = new int[outputs];
    this.count = new int[outputs];
    this.weights = new float[Math.multiplyExact(outputs, taps)];
  }

  static AxisWeights of(Resampling method, int inputs, int outputs) {
    return switch (method) {
      case BICUBIC -> antialiased(inputs, outputs, 2, x -> cubic(Math.abs(x), -0.5));
      case LANCZOS -> antialiased(inputs, outputs, LOBES, AxisWeights::lanczos);
      case BILINEAR -> antialiased(inputs, outputs, 1, x -> Math.max(0, 1 - Math.abs(x)));
      case BOX -> antialiased(inputs, outputs, 0.5, x -> x > -0.5 && x <= 0.5 ? 1 : 0);
      case BICUBIC_SAMPLED -> sampled(inputs, outputs);
      case AREA -> area(inputs, outputs);
    };
  }

  int first(int output) {
    return first[output];
  }

  int count(int output) {
    return count[output];
  }

  /** The index of an output pixel's first weight in {@link #weights}. */
  int offset(int output) {
    return output * taps;
  }

  float[] weights() {
    return weights;
  }

  private static AxisWeights antialiased(
      int inputs, int outputs, double halfWidth, DoubleUnaryOperator kernel) {
    double scale = (double) inputs / outputs;
    double stretch = Math.max(scale, 1);
    double inverse =
        1 / stretch; // multiplied below, not divided, so that ties of BOX fall as in Pillow
    double support = halfWidth * stretch;
    AxisWeights axis = new AxisWeights(outputs, Math.min(inputs, 2 * (int) Math.ceil(support) + 1));
    for (int i = 0; i < outputs; i++) {
      double center = (i + 0.5) * scale;
      int from = Math.max(0, (int) (center - support + 0.5));
      int to = Math.min(inputs, (int) (center + support + 0.5));
      double[] values = new double[to - from];
      for (int k = 0; k < values.length; k++) {
        values[k] = kernel.applyAsDouble((from + k - center + 0.5) * inverse);
      }
      axis.set(i, from, values);
    }
    return axis;
  }

  private static AxisWeights sampled(int inputs, int outputs) {
    AxisWeights axis = new AxisWeights(outputs, Math.min(inputs, 4));
    double scale = (double) inputs / outputs;
    for (int i = 0; i < outputs; i++) {
      double center = (i + 0.5) * scale - 0.5;
      int base = (int) Math.floor(center);
      int from = clamp(base - 1, inputs);
      double[] values = new double[clamp(base + 2, inputs) - from + 1];
      for (int k = -1; k <= 2; k++) { // samples beyond the edge take the edge pixel
        values[clamp(base + k, inputs) - from] += cubic(Math.abs(base + k - center), -0.75);
      }
      axis.set(i, from, values);
    }
    return axis;
  }

  private static AxisWeights area(int inputs, int outputs) {
    AxisWeights axis = new AxisWeights(outputs, Math.min(inputs, inputs / outputs + 2));
    for (int i = 0; i < outputs; i++) {
      int from = (int) ((long) i * inputs / outputs);
      int to = (int) (((long) (i + 1) * inputs + outputs - 1) / outputs);
      double[] values = new double[to - from];
      Arrays.fill(values, 1);
      axis.set(i, from, values);
    }
    return axis;
  }

  /** Stores weights, scaled to the sum 1. */
  private void set(int output, int from, double[] values) {
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    first[output] = from;
    count[output] = values.length;
    for (int k = 0; k < values.length; k++) {
      weights[output * taps + k] = (float) (values[k] / sum);
    }
  }

  private static int clamp(int index, int size) {
    return Math.max(0, Math.min(size - 1, index));
  }

  private static double lanczos(double x) {
    return Math.abs(x) < LOBES ? sinc(x) * sinc(x / LOBES) : 0;
  }

  private static double sinc(double x) {
    return x == 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
  }

  /** Keys' cubic convolution kernel at a distance of x pixels. */
  private static double cubic(double x, double a) {
    if (x < 1) {
      return ((a + 2) * x - (a + 3)) * x * x + 1;
    }
    return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
  }
}
