package io.rapd.train.stage1;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import io.rapd.core.grid.PixelGrid;
import io.rapd.core.image.ImageTensors;
import io.rapd.core.image.RgbImage;
import io.rapd.core.metric.Lpips;
import io.rapd.core.torch.Autograd;
import io.rapd.core.torch.GradMode;
import io.rapd.core.torch.HostRead;
import io.rapd.core.torch.Kernel;
import io.rapd.nif.NeuralImageField;
import io.rapd.train.data.MultiResolutionCrops;
import io.rapd.train.loop.StepTimes;
import io.rapd.train.loop.Workers;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * L_rec = |I^ - I|_1 + w_lpips LPIPS(I^, I) over every pixel of the target. Micro-batches are
 * rendered, compared and differentiated one by one, so memory does not grow with the batch. A
 * target larger than a micro-batch is rendered in strips without recording, compared as a whole,
 * and rendered again strip by strip to differentiate each ({@link StripRendering}), where the
 * renderer allows it.
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

  /**
   * The losses of a micro-batch, left on the device until the step is done.
   *
   * @param values L1 and, where it is used, LPIPS: (k)
   * @param weight of this micro-batch in the batch
   * @param gradient of its latents (b, C, R, R)
   */
  private record Share(NDArray values, double weight, NDArray gradient) {}

  /**
   * Computes the loss and adds its gradients to the renderer's parameters.
   *
   * @param latent (B, C, R, R)
   * @param batch its targets (3, S, S) may differ in size; those of one size that follow each other
   *     share micro-batches
   */
  Value backward(NDArray latent, MultiResolutionCrops.Batch batch, Workers<Stage1Network> workers) {
    List<Share> shares = new ArrayList<>();
    int first = 0;
    for (int end : batch.groupEnds()) {
      shares.addAll(group(latent, batch.targets().subList(first, end), first, workers));
      first = end;
    }
    double[] sums = new double[lpips.isPresent() ? 2 : 1];
    NDArray gradient;
    try (GradMode plain = GradMode.disabled();
        NDArray values = NDArrays.stack(new NDList(shares.stream().map(Share::values).toList()))) {
      float[] read = HostRead.floats(values);
      for (int i = 0; i < read.length; i++) {
        sums[i % sums.length] += shares.get(i / sums.length).weight() * read[i];
      }
      gradient = NDArrays.concat(new NDList(shares.stream().map(Share::gradient).toList()));
    }
    return lpips.isPresent()
        ? new Value(
            sums[0] + lpipsWeight * sums[1], Map.of("l1", sums[0], "lpips", sums[1]), gradient)
        : new Value(sums[0], Map.of("l1", sums[0]), gradient);
  }

  /** The samples from {@code first} on whose targets have one size S. */
  private List<Share> group(
      NDArray latent, List<RgbImage> images, int first, Workers<Stage1Network> workers) {
    NDManager scope = latent.getManager();
    int batchSize = (int) latent.getShape().get(0);
    NDArray targets = ImageTensors.stack(images, scope); // (b, 3, S, S)
    long pixels = targets.getShape().get(2) * targets.getShape().get(3);
    return workers.backward(
        images.size(),
        microBatchPixels / pixels,
        scope,
        micro -> {
          NDArray rows =
              latent.get(new NDIndex().addSliceDim(first + micro.first(), first + micro.end()));
          rows.attach(micro.scope());
          NDArray z = Autograd.leaf(rows); // (b, C, R, R)
          NDArray target = micro.of(targets);
          double share = (double) micro.size() / batchSize;
          return network -> backward(network.field(), z, target, share, scope, workers);
        });
  }

  private Share backward(
      NeuralImageField field,
      NDArray z,
      NDArray target,
      double share,
      NDManager results,
      Workers<Stage1Network> workers) {
    PixelGrid grid = new PixelGrid((int) target.getShape().get(2), (int) target.getShape().get(3));
    boolean fits = grid.height() * grid.width() <= microBatchPixels;
    if (!fits && field.renderer().regionsAreDifferentiable()) {
      StripRendering strips = new StripRendering(field, z, grid, microBatchPixels);
      NDArray rendered = strips.render(); // (b, 3, S, S), a leaf
      NDArray values = compare(rendered, target, share, results, workers);
      try (StepTimes.Timing timing = workers.timing(StepTimes.Phase.BACKWARD)) {
        strips.backward(Autograd.gradient(rendered, z.getManager()));
      }
      return new Share(values, share, Autograd.gradient(z, results));
    }
    NDArray rendered = field.render(z, grid, grid.whole()); // (b, 3, S, S)
    NDArray values = compare(rendered, target, share, results, workers);
    return new Share(values, share, Autograd.gradient(z, results));
  }

  /** Back-propagates the share of the loss; returns its terms (k). */
  private NDArray compare(
      NDArray rendered,
      NDArray target,
      double share,
      NDManager results,
      Workers<Stage1Network> workers) {
    NDArray l1 = L1.call(rendered, target);
    NDArray loss = l1;
    NDList terms = new NDList(l1);
    if (lpips.isPresent()) {
      NDArray distance = lpips.get().forward(rendered, target).mean();
      loss = sum.call(l1, distance);
      terms.add(distance);
    }
    NDArray values;
    try (GradMode off = GradMode.disabled()) {
      values = NDArrays.stack(terms);
      values.attach(results);
    }
    try (StepTimes.Timing timing = workers.timing(StepTimes.Phase.BACKWARD)) {
      Autograd.backward(loss, share);
    }
    return values;
  }
}
