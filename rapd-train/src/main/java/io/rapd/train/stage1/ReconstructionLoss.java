package io.rapd.train.stage1;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.grid.PixelGrid;
import io.rapd.core.metric.Lpips;
import io.rapd.core.torch.Autograd;
import io.rapd.core.torch.GradMode;
import io.rapd.core.torch.Kernel;
import io.rapd.nif.NeuralImageField;
import io.rapd.train.loop.Workers;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * L_rec = |I^ - I|_1 + w_lpips LPIPS(I^, I) over every pixel of the target. Micro-batches are
 * rendered, compared and differentiated one by one, so memory does not grow with the batch.
 */
final class ReconstructionLoss {
  private static final Kernel L1 =
      Kernel.of(
          "MeanAbsoluteError",
          """
          def forward(x, y):
            return torch.mean(torch.abs(torch.sub(x, y)))
          """);

  private static final String SUM =
      """
      def forward(l1, lpips):
        return torch.add(l1, lpips, alpha=$weight)
      """;

  private final Optional<Lpips> lpips;
  private final double lpipsWeight;
  private final int microBatchPixels;
  private final Kernel sum;

  ReconstructionLoss(Optional<Lpips> lpips, double lpipsWeight, int microBatchPixels) {
    this.lpips = lpips;
    this.lpipsWeight = lpipsWeight;
    this.microBatchPixels = microBatchPixels;
    sum = sum(lpipsWeight);
  }

  static Kernel sum(double lpipsWeight) {
    return Kernel.of("ReconstructionLoss", SUM, Map.of("weight", lpipsWeight));
  }

  /**
   * Means over the batch.
   *
   * @param total L_rec
   * @param terms {@code l1} and, where it is used, {@code lpips}, not weighted
   * @param gradient dL_rec/dz (B, C, R, R)
   */
  record Value(double total, Map<String, Double> terms, NDArray gradient) {}

  /** A micro-batch's share of the losses, and the gradient of its latents (b, C, R, R). */
  private record Share(double l1, double lpips, NDArray gradient) {}

  /**
   * Computes the loss and adds its gradients to the renderer's parameters.
   *
   * @param latent (B, C, R, R)
   * @param targets (B, 3, S, S)
   */
  Value backward(NDArray latent, NDArray targets, Workers<Stage1Network> workers) {
    Shape shape = targets.getShape();
    NDManager scope = latent.getManager();
    List<Share> shares =
        workers.backward(
            (int) shape.get(0),
            microBatchPixels / (shape.get(2) * shape.get(3)),
            scope,
            micro -> {
              NDArray z = Autograd.leaf(micro.of(latent));
              NDArray target = micro.of(targets);
              return network -> backward(network.field(), z, target, micro.share(), scope);
            });
    double l1 = shares.stream().mapToDouble(Share::l1).sum();
    double distance = shares.stream().mapToDouble(Share::lpips).sum();
    NDArray gradient;
    try (GradMode plain = GradMode.disabled()) {
      gradient = NDArrays.concat(new NDList(shares.stream().map(Share::gradient).toList()));
    }
    return lpips.isPresent()
        ? new Value(l1 + lpipsWeight * distance, Map.of("l1", l1, "lpips", distance), gradient)
        : new Value(l1, Map.of("l1", l1), gradient);
  }

  private Share backward(
      NeuralImageField field, NDArray z, NDArray target, double share, NDManager results) {
    PixelGrid grid = new PixelGrid((int) target.getShape().get(2), (int) target.getShape().get(3));
    NDArray rendered = field.render(z, grid, grid.whole()); // (b, 3, S, S)
    NDArray l1 = L1.call(rendered, target);
    NDArray loss = l1;
    double distance = 0;
    if (lpips.isPresent()) {
      NDArray distances = lpips.get().forward(rendered, target).mean();
      distance = share * distances.getFloat();
      loss = sum.call(l1, distances);
    }
    Autograd.backward(loss, share);
    return new Share(share * l1.getFloat(), distance, Autograd.gradient(z, results));
  }
}
