package io.rapd.dit.block;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.nn.Initializer;
import io.rapd.core.nn.Module;
import io.rapd.core.nn.Parameter;
import io.rapd.core.torch.Constant;
import io.rapd.core.torch.Kernel;
import java.util.Map;

/**
 * Times to the condition of the blocks: 256 cosines and sines of t (max_period 10, t not rescaled),
 * then Linear-SiLU-Linear. It is a few rows per batch and therefore always float32.
 */
public final class TimeEmbedder extends Module {
  /** Values of the sinusoidal features. */
  public static final int FREQUENCY_VALUES = 256;

  private static final double MAX_PERIOD = 10;
  private static final float[] FREQUENCIES = frequencies(FREQUENCY_VALUES);

  private static final String FEATURES_METHOD =
      """
      def features(self, t: Tensor, frequencies: Tensor) -> Tensor:
        angles = torch.unsqueeze(t, 1) * frequencies
        return torch.cat([torch.cos(angles), torch.sin(angles)], 1)
      """;
  private static final String FEATURES =
      """
      def forward(self, t: Tensor, frequencies: Tensor) -> Tensor:
        return torch.constant_pad_nd((self).features(t, frequencies), [0, $odd], 0.)
      """
          + FEATURES_METHOD;
  private static final Kernel EMBEDDING =
      Kernel.of(
          "TimeEmbedder",
          """
          def forward(self, t: Tensor, frequencies: Tensor, w0: Tensor, b0: Tensor, w2: Tensor, b2: Tensor) -> Tensor:
            h = torch.silu(torch.linear((self).features(t, frequencies), torch.to(w0, 6), b0))
            return torch.linear(h, torch.to(w2, 6), b2)
          """
              + FEATURES_METHOD);
  private static final Kernel SILU =
      Kernel.of("Silu", "def forward(self, x: Tensor) -> Tensor:\n  return torch.silu(x)\n");

  private final Parameter weight0;
  private final Parameter bias0;
  private final Parameter weight2;
  private final Parameter bias2;

  /** Declares an embedder to {@code width}. */
  public TimeEmbedder(int width) {
    Initializer small = Initializer.normal(0.02);
    weight0 = parameter("mlp.0.weight", new Shape(width, FREQUENCY_VALUES), small);
    bias0 = parameter("mlp.0.bias", new Shape(width), Initializer.zeros());
    weight2 = parameter("mlp.2.weight", new Shape(width, width), small);
    bias2 = parameter("mlp.2.bias", new Shape(width), Initializer.zeros());
  }

  /**
   * The sinusoidal features: cosines, then sines, then a zero where their number is odd.
   *
   * @param time (B), float32
   * @param values of each time, at least 2
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
      return EMBEDDING.call(
          time, frequencies, weight0.value(), bias0.value(), weight2.value(), bias2.value());
    }
  }

  /** SiLU of the {@link #embedding}, which drives every block's modulation: (B, D), float32. */
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
