package io.rapd.dit;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.nn.Initializer;
import io.rapd.core.nn.Module;
import io.rapd.core.nn.Parameter;
import io.rapd.core.torch.Kernel;
import io.rapd.core.torch.Precision;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Representation alignment (REPA): projects the denoiser's tokens to a frozen teacher's patch
 * features. Linear-SiLU-Linear-SiLU-Linear, parameter names as PixelGen's {@code REPATrainer.proj}.
 * Used in training only.
 */
public final class RepaHead extends Module {
  private static final String PROJECT =
      """
      def forward(self, x: Tensor, w0: Tensor, b0: Tensor, w1: Tensor, b1: Tensor, w2: Tensor, b2: Tensor) -> Tensor:
        h = torch.silu((self).affine(torch.to(x, $dtype), w0, b0))
        h2 = torch.silu((self).affine(h, w1, b1))
        return torch.to((self).affine(h2, w2, b2), 6)
      def affine(self, x: Tensor, w: Tensor, b: Tensor) -> Tensor:
        return torch.linear(x, torch.to(w, $dtype), torch.to(b, $dtype))
      """;
  private static final Kernel LOSS =
      Kernel.of(
          "RepaLoss",
          """
          def forward(self, projected: Tensor, teacher: Tensor) -> Tensor:
            return torch.rsub(torch.mean(torch.cosine_similarity(projected, teacher, -1, 1e-08)), 1)
          """);

  private final int width;
  private final List<Parameter> weights = new ArrayList<>();
  private final Kernel kernel;

  /**
   * Declares a head.
   *
   * @param width D of the denoiser's tokens
   * @param hidden width of the two hidden layers
   * @param teacherWidth width of the teacher's features
   */
  public RepaHead(int width, int hidden, int teacherWidth, Precision precision) {
    if (width < 1 || hidden < 1 || teacherWidth < 1) {
      throw new IllegalArgumentException(
          "repa: width, hidden and teacherWidth must be positive, got "
              + List.of(width, hidden, teacherWidth));
    }
    this.width = width;
    int[] widths = {width, hidden, hidden, teacherWidth};
    for (int layer = 0; layer < 3; layer++) {
      int in = widths[layer];
      int out = widths[layer + 1];
      String name = "proj.0." + 2 * layer;
      weights.add(parameter(name + ".weight", new Shape(out, in), Initializer.torchDefault()));
      weights.add(parameter(name + ".bias", new Shape(out), Initializer.torchDefaultBias(in)));
    }
    kernel = Kernel.of("RepaHead", PROJECT, Map.of("dtype", precision));
  }

  /**
   * Projects tokens to the teacher's width.
   *
   * @param tokens (B, N, D), in any precision
   * @return (B, N, teacherWidth), float32
   */
  public NDArray forward(NDArray tokens) {
    Shape shape = tokens.getShape();
    if (shape.dimension() != 3 || shape.get(2) != width) {
      throw new IllegalArgumentException(
          "tokens must be (B, N, " + width + "), got " + shape + "; are they the denoiser's?");
    }
    return kernel.call(tokens, weights.stream().map(Parameter::value).toList());
  }

  /**
   * The mean of 1 - cos between projected tokens and the teacher's features.
   *
   * @param projected (B, N, teacherWidth), float32
   * @param teacher same shape, constant
   * @return a scalar in [0, 2]
   */
  public static NDArray loss(NDArray projected, NDArray teacher) {
    if (!projected.getShape().equals(teacher.getShape())) {
      throw new IllegalArgumentException(
          "teacher features must be "
              + projected.getShape()
              + " like the projected tokens, got "
              + teacher.getShape()
              + "; is its patch grid the denoiser's token grid?");
    }
    return LOSS.call(projected, teacher);
  }
}
