package io.rapd.dit;

import static io.rapd.core.config.Check.check;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.nn.Module;
import io.rapd.core.nn.ModuleKernel;
import io.rapd.core.torch.Kernel;
import io.rapd.core.torch.Precision;
import java.util.Map;

/**
 * The REPA head, which projects the denoiser's tokens to the patch features of a frozen teacher:
 * Linear-SiLU-Linear-SiLU-Linear, with the parameter names of PixelGen's {@code REPATrainer.proj}.
 * Used in training only.
 */
public final class RepaHead extends Module {
  private static final String PROJECT =
      """
      def forward(x):
        h = torch.silu(torch.linear(torch.to(x, $dtype), $proj.0.0))
        h = torch.silu(torch.linear(h, $proj.0.2))
        return torch.to(torch.linear(h, $proj.0.4), $float32)
      """;
  private static final Kernel LOSS =
      Kernel.of(
          "RepaLoss",
          """
          def forward(projected, teacher):
            similarity = torch.cosine_similarity(projected, teacher, -1, 1e-08)
            return torch.rsub(torch.mean(similarity), 1)
          """);

  private final int width;
  private final ModuleKernel kernel;

  /**
   * Declares a head.
   *
   * @param width D of the denoiser's tokens
   * @param hidden width of the two hidden layers
   * @param teacherWidth width of the teacher's features
   */
  public RepaHead(int width, int hidden, int teacherWidth, Precision precision) {
    this.width = width;
    layer("proj.0.0", new Shape(hidden, width));
    layer("proj.0.2", new Shape(hidden, hidden));
    layer("proj.0.4", new Shape(teacherWidth, hidden));
    kernel = kernel("RepaHead", PROJECT, Map.of("dtype", precision));
  }

  /**
   * Projects tokens to the teacher's width.
   *
   * @param tokens (B, N, D), in any precision
   * @return (B, N, teacherWidth), float32
   */
  public NDArray forward(NDArray tokens) {
    Shape shape = tokens.getShape();
    check(
        shape.dimension() == 3 && shape.get(2) == width,
        "tokens must be (B, N, %d), got %s; are they the denoiser's?",
        width,
        shape);
    return kernel.call(tokens);
  }

  /**
   * L_REPA, the mean of 1 - cos between projected tokens and the teacher's features.
   *
   * @param projected (B, N, teacherWidth), float32
   * @param teacher same shape, without gradient
   * @return a scalar in [0, 2]
   * @throws IllegalArgumentException if the shapes differ
   */
  public static NDArray loss(NDArray projected, NDArray teacher) {
    check(
        projected.getShape().equals(teacher.getShape()),
        "teacher features must be %s like the projected tokens, got %s; do the grids agree?",
        projected.getShape(),
        teacher.getShape());
    return LOSS.call(projected, teacher);
  }
}
