package io.rapd.nif.distill;

import static io.rapd.core.config.Check.check;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.torch.Constant;
import io.rapd.core.torch.Kernel;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * Two margin losses between student and teacher features (VA-VAE's {@code vf_loss}):
 *
 * <pre>
 * L_cos = mean_i  ReLU(1 - m_cos - cos(f_i, t_i))
 * L_dms = mean_ij ReLU(|cos(f_i, f_j) - cos(t_i, t_j)| - m_dms)      over sampled positions i, j
 * </pre>
 */
public final class SemanticDistillation {
  private static final String SOURCE =
      """
      def forward(f, t, positions) -> Tuple[Tensor, Tensor]:
        student = torch.flatten(f, 2)
        teacher = torch.flatten(t, 2)
        similarity = torch.cosine_similarity(student, teacher, 1)
        cos = torch.mean(torch.relu(similarity * -1.0 - ($cos_margin - 1.0)))
        s = similarities(torch.index_select(student, 2, positions))
        t = similarities(torch.index_select(teacher, 2, positions))
        return (cos, torch.mean(torch.relu(torch.abs(s - t) - $distance_margin)))
      def similarities(x):
        unit = torch.div(x, torch.clamp_min(torch.norm(x, 2, [1], True), 1.0e-12))
        return torch.matmul(torch.transpose(unit, 1, 2), unit)
      """;

  private final DistillationConfig config;
  private final Kernel kernel;

  /** Uses the margins and positions of a configuration. */
  public SemanticDistillation(DistillationConfig config) {
    this.config = config;
    kernel =
        Kernel.of(
            "SemanticDistillation",
            SOURCE,
            Map.of(
                "cos_margin", config.cosineMargin(),
                "distance_margin", config.distanceMargin()));
  }

  /**
   * Both losses as scalars on the manager of the student features.
   *
   * @param cosine L_cos
   * @param distance L_dms
   */
  public record Losses(NDArray cosine, NDArray distance) {
    /** L_distill = L_cos + L_dms. */
    public NDArray total() {
      return cosine.add(distance);
    }
  }

  /**
   * Compares student and teacher features.
   *
   * @param student f, (B, D, h, w), float32
   * @param teacher t, same shape
   * @param random draws the positions of the distance matrix
   * @throws IllegalArgumentException if the shapes differ
   */
  public Losses losses(NDArray student, NDArray teacher, RandomGenerator random) {
    Shape shape = student.getShape();
    check(
        shape.equals(teacher.getShape()) && shape.dimension() == 4,
        "student and teacher features must have the same shape (B, D, h, w), got %s and %s",
        shape,
        teacher.getShape());
    int count = Math.toIntExact(shape.get(2) * shape.get(3));
    try (NDManager scope = student.getManager().newSubManager()) {
      NDArray positions = Constant.of(scope, sample(count, config.positions(), random));
      NDList losses = kernel.callAll(student, teacher, positions);
      return new Losses(losses.get(0), losses.get(1));
    }
  }

  /** Distinct positions in ascending order. */
  private static long[] sample(int count, int wanted, RandomGenerator random) {
    int size = Math.min(count, wanted);
    long[] chosen = new long[size];
    int taken = 0;
    for (int i = 0; taken < size; i++) {
      // Knuth's selection sampling.
      if (random.nextInt(count - i) < size - taken) {
        chosen[taken++] = i;
      }
    }
    return chosen;
  }
}
