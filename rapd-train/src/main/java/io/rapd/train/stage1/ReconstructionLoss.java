package io.rapd.train.stage1;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.grid.PixelGrid;
import io.rapd.core.metric.Lpips;
import io.rapd.core.torch.Autograd;
import io.rapd.core.torch.GradMode;
import io.rapd.core.torch.Kernel;
import io.rapd.nif.NeuralImageField;
import io.rapd.train.loop.Workers;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * L_rec = |I^ - I|_1 + w_lpips LPIPS(I^, I), every pixel of the target supervised. Works through
 * the batch a few images for each worker at a time: each pass renders, compares and differentiates
 * on its own, so that memory does not grow with the batch.
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

  private final Workers<Stage1Network> workers;
  private final Optional<Lpips> lpips;
  private final double lpipsWeight;
  private final int pixelsPerPass;
  private final Kernel sum;

  ReconstructionLoss(
      Workers<Stage1Network> workers,
      Optional<Lpips> lpips,
      double lpipsWeight,
      int pixelsPerPass) {
    this.workers = workers;
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
   * @param gradient dL_rec/dz (B, C, R, R)
   */
  record Value(double total, Map<String, Double> parts, NDArray gradient) {}

  /** What one pass adds to the losses, and the gradient of its latents. */
  private record Part(double l1, double lpips, NDArray gradient) {}

  /**
   * Computes the loss, and adds its gradients to the renderer's parameters.
   *
   * @param latent (B, C, R, R)
   * @param targets (B, 3, S, S)
   */
  Value backward(NDArray latent, NDArray targets) {
    Shape shape = targets.getShape();
    long batch = shape.get(0);
    long most =
        Math.min(
            Math.max(1, pixelsPerPass / (shape.get(2) * shape.get(3))),
            (batch + workers.count() - 1) / workers.count());
    NDManager scope = latent.getManager();
    List<Part> parts = new ArrayList<>();
    for (long first = 0; first < batch; first += workers.count() * most) {
      long end = Math.min(batch, first + workers.count() * most);
      List<Function<Stage1Network, Part>> passes = new ArrayList<>();
      for (long from = first; from < end; from += most) {
        NDIndex images = new NDIndex().addSliceDim(from, Math.min(end, from + most));
        NDArray z = Autograd.leaf(latent.get(images));
        NDArray target = targets.get(images);
        double share = (double) z.getShape().get(0) / batch;
        passes.add(network -> backward(network.field(), z, target, share));
      }
      parts.addAll(workers.run(passes));
    }
    workers.addGradients(scope);
    double l1 = parts.stream().mapToDouble(Part::l1).sum();
    double distance = parts.stream().mapToDouble(Part::lpips).sum();
    NDArray gradient;
    try (GradMode plain = GradMode.disabled()) {
      gradient = NDArrays.concat(new NDList(parts.stream().map(Part::gradient).toList()));
    }
    return lpips.isPresent()
        ? new Value(l1 + lpipsWeight * distance, Map.of("l1", l1, "lpips", distance), gradient)
        : new Value(l1, Map.of("l1", l1), gradient);
  }

  private Part backward(NeuralImageField field, NDArray z, NDArray target, double share) {
    try (NDManager scope = z.getManager().newSubManager()) {
      z.attach(scope);
      target.attach(scope);
      PixelGrid grid =
          new PixelGrid((int) target.getShape().get(2), (int) target.getShape().get(3));
      NDArray rendered = field.render(z, grid, grid.whole()); // (b, 3, S, S)
      NDArray error = L1.call(rendered, target);
      NDArray loss = error;
      double distance = 0;
      if (lpips.isPresent()) {
        NDArray distances = lpips.get().forward(rendered, target).mean();
        distance = share * distances.getFloat();
        loss = sum.call(error, distances);
      }
      Autograd.backward(loss, share);
      return new Part(
          share * error.getFloat(), distance, Autograd.gradient(z, scope.getParentManager()));
    }
  }
}
