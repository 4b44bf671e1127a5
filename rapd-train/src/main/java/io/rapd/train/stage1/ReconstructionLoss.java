package io.rapd.train.stage1;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.grid.PixelGrid;
import io.rapd.core.metric.Lpips;
import io.rapd.core.torch.Autograd;
import io.rapd.core.torch.Kernel;
import io.rapd.nif.NeuralImageField;
import java.util.Map;
import java.util.Optional;

/**
 * L_rec = |I^ - I|_1 + w_lpips LPIPS(I^, I), every pixel of the target supervised. Works through
 * the batch a few pictures at a time: each pass renders, compares and differentiates on its own, so
 * that memory does not grow with the batch.
 */
final class ReconstructionLoss {
  private static final Kernel L1 =
      Kernel.of(
          "MeanAbsoluteError",
          """
          def forward(self, x: Tensor, y: Tensor) -> Tensor:
            return torch.mean(torch.abs(torch.sub(x, y)))
          """);

  private static final String SUM =
      """
      def forward(self, l1: Tensor, lpips: Tensor) -> Tensor:
        return torch.add(l1, lpips, alpha=$weight)
      """;

  private final NeuralImageField field;
  private final Optional<Lpips> lpips;
  private final double lpipsWeight;
  private final int pixelsPerPass;
  private final Kernel sum;

  ReconstructionLoss(
      NeuralImageField field, Optional<Lpips> lpips, double lpipsWeight, int pixelsPerPass) {
    this.field = field;
    this.lpips = lpips;
    this.lpipsWeight = lpipsWeight;
    this.pixelsPerPass = pixelsPerPass;
    sum = Kernel.of("ReconstructionLoss", SUM, Map.of("weight", lpipsWeight));
  }

  /**
   * Averages over the batch.
   *
   * @param total L_rec
   * @param parts of it by name: {@code l1}, and {@code lpips} where it counts
   */
  record Value(double total, Map<String, Double> parts) {}

  /**
   * Computes the loss and adds its gradients to the renderer's parameters and to the latent.
   *
   * @param latent a leaf (B, C, R, R)
   * @param targets (B, 3, S, S)
   */
  Value backward(NDArray latent, NDArray targets) {
    Shape shape = targets.getShape();
    long batch = shape.get(0);
    PixelGrid grid = new PixelGrid((int) shape.get(2), (int) shape.get(3));
    long pictures = Math.max(1, pixelsPerPass / (shape.get(2) * shape.get(3)));
    double l1 = 0;
    double distance = 0;
    for (long first = 0; first < batch; first += pictures) {
      long end = Math.min(batch, first + pictures);
      double share = (double) (end - first) / batch;
      try (NDManager scope = latent.getManager().newSubManager()) {
        NDIndex part = new NDIndex().addSliceDim(first, end);
        NDArray z = latent.get(scope, part);
        NDArray target = targets.get(scope, part);
        NDArray rendered = field.render(z, grid, grid.whole()); // (b, 3, S, S)
        NDArray error = L1.call(rendered, target);
        l1 += share * error.getFloat();
        NDArray loss = error;
        if (lpips.isPresent()) {
          NDArray distances = lpips.get().forward(rendered, target).mean();
          distance += share * distances.getFloat();
          loss = sum.call(error, distances);
        }
        Autograd.backward(loss, share);
      }
    }
    return lpips.isPresent()
        ? new Value(l1 + lpipsWeight * distance, Map.of("l1", l1, "lpips", distance))
        : new Value(l1, Map.of("l1", l1));
  }
}
