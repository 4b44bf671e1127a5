package io.rapd.dit.block;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.nn.Initializer;
import io.rapd.core.nn.Module;
import io.rapd.core.nn.ModuleKernel;
import io.rapd.core.torch.Constant;
import io.rapd.core.torch.Kernel;
import io.rapd.core.torch.Precision;
import java.util.Map;

/**
 * Maps times to the condition of the blocks: 256 cosines and sines of t (max_period 10, t not
 * rescaled), then Linear-SiLU-Linear. Always float32, since it has only one row per sample.
 */
public final class TimeEmbedder extends Module {
  /** The number of sinusoidal features. */
  private static final int FREQUENCY_VALUES = 256;

  private static final double MAX_PERIOD = 10;
  private static final float[] FREQUENCIES = frequencies(FREQUENCY_VALUES);

  private static final String FEATURES_METHOD =
      """
      def features(t, frequencies):
        angles = torch.unsqueeze(t, 1) * frequencies
        return torch.cat([torch.cos(angles), torch.sin(angles)], 1)
      """;
  private static final String FEATURES =
      """
      def forward(t, frequencies):
        return torch.constant_pad_nd(features(t, frequencies), [0, $odd], 0.)
      """
          + FEATURES_METHOD;
  private static final String EMBEDDING =
      """
      def forward(t, frequencies):
        h = torch.silu(torch.linear(features(t, frequencies), $mlp.0))
        return torch.linear(h, $mlp.2)
      """
          + FEATURES_METHOD;
  private static final Kernel SILU = Kernel.of("Silu", "def forward(x):\n  return torch.silu(x)\n");

  private final ModuleKernel embedding;

  /** Declares an embedder to {@code width}. */
  public TimeEmbedder(int width) {
    Initializer small = Initializer.normal(0.02);
    linear("mlp.0", FREQUENCY_VALUES, width, small);
    linear("mlp.2", width, width, small);
    embedding = kernel("TimeEmbedder", EMBEDDING, Map.of("dtype", Precision.FLOAT32));
  }

  /**
   * The sinusoidal features: cosines, then sines, then a zero if their number is odd.
   *
   * @param time (B), float32
   * @param values number of features, at least 2
   * @return (B, values), float32
   */
  public static NDArray features(NDArray time, int values) {
    Kernel kernel = Kernel.of("TimeFeatures", FEATURES, Map.of("odd", values % 2));
    try (NDArray frequencies = time.getManager().create(frequencies(values))) {
      return kernel.call(time, frequencies);
    }
  }

  /**
   * The embedding ({@code t_embedder(t)}).
   *
   * @param time (B), float32
   * @return (B, D), float32
   */
  public NDArray embedding(NDArray time) {
    try (NDArray frequencies =
        Constant.of(time.getManager(), FREQUENCIES, new Shape(FREQUENCIES.length))) {
      return embedding.call(time, frequencies);
    }
  }

  /** SiLU of the {@link #embedding}, the condition of all blocks: (B, D), float32. */
  public NDArray condition(NDArray time) {
    try (NDArray embedding = embedding(time)) {
      return SILU.call(embedding);
    }
  }

  private static float[] frequencies(int values) {
    int half = values / 2;
    float[] frequencies = new float[half];
    for (int i = 0; i < half; i++) {
      frequencies[i] = (float) Math.pow(MAX_PERIOD, -(double) i / half);
    }
    return frequencies;
  }
}
