package io.rapd.nif.distill;

import ai.djl.ndarray.NDArray;
import io.rapd.core.torch.HostRead;
import io.rapd.core.torch.Kernel;

/**
 * The factor a that makes the distillation gradient as large as the reconstruction gradient at the
 * weights theta of the encoder's last convolution: a = |dL_rec/dtheta| / (|dL_distill/dtheta| +
 * 1e-4), clamped to [0, 1e8] (VA-VAE's {@code calculate_adaptive_weight_vf}).
 */
public final class AdaptiveWeight {
  private static final double EPSILON = 1e-4;
  private static final double LARGEST = 1e8;

  private static final String NORM =
      """
      def forward(g, x, w):
        _0, dw, _1 = torch.convolution_backward(g, x, w, None, [1, 1], [1, 1], [1, 1], \
      False, [0, 0], 1, [False, True, False])
        return torch.norm(dw)
      """;

  private static final String GRADIENT = NORM.replace("torch.norm(dw)", "dw");

  private AdaptiveWeight() {}

  /** The ratio a of the two gradient norms. */
  public static double of(double reconstructionNorm, double distillationNorm) {
    double ratio = reconstructionNorm / (distillationNorm + EPSILON);
    return Math.min(Math.max(ratio, 0), LARGEST);
  }

  /**
   * |dL/dtheta| for the weights of a 3x3 convolution, from the gradient at its output; needs no
   * further pass through the network that follows.
   *
   * @param gradient dL/dz, (B, C, H, W)
   * @param input of the convolution, (B, C', H, W)
   * @param weight theta, (C, C', 3, 3)
   */
  public static double weightGradientNorm(NDArray gradient, NDArray input, NDArray weight) {
    try (NDArray norm = Kernel.of("ConvWeightGradientNorm", NORM).call(gradient, input, weight)) {
      return HostRead.scalar(norm);
    }
  }

  /** dL/dtheta, (C, C', 3, 3), of which {@link #weightGradientNorm} is the norm. */
  public static NDArray weightGradient(NDArray gradient, NDArray input, NDArray weight) {
    return Kernel.of("ConvWeightGradient", GRADIENT).call(gradient, input, weight);
  }
}
