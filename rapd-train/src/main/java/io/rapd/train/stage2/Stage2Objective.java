package io.rapd.train.stage2;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.image.ImageTensors;
import io.rapd.core.image.RgbImage;
import io.rapd.core.torch.Autograd;
import io.rapd.core.torch.GradMode;
import io.rapd.core.torch.Kernel;
import io.rapd.core.torch.RandomStream;
import io.rapd.dit.Denoiser;
import io.rapd.dit.DenoiserOutput;
import io.rapd.dit.flow.FlowMatchingLoss;
import io.rapd.dit.flow.FlowPath;
import io.rapd.dit.text.TextEncoder;
import io.rapd.nif.NifFolder;
import io.rapd.train.data.BatchLoader;
import io.rapd.train.data.CaptionedImages;
import io.rapd.train.loop.Objective;
import io.rapd.train.loop.Workers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;

/** L_stage2, a micro-batch for each worker at a time. */
final class Stage2Objective implements Objective {
  private static final String SUM =
      """
      def forward(self, flow: Tensor, repa: Tensor) -> Tensor:
        return torch.add(flow, repa, alpha=$weight)
      """;

  private final Stage2Config config;
  private final NifFolder nif;
  private final TextEncoder text;
  private final Workers<Stage2Network> workers;
  private final Optional<AlignmentTarget> target;
  private final FlowMatchingLoss flowMatching;
  private final BatchLoader<CaptionedImages.Batch> batches;
  private final Kernel sum;

  Stage2Objective(
      Stage2Config config,
      NifFolder nif,
      TextEncoder text,
      Workers<Stage2Network> workers,
      Optional<AlignmentTarget> target,
      BatchLoader<CaptionedImages.Batch> batches) {
    this.config = config;
    this.nif = nif;
    this.text = text;
    this.workers = workers;
    this.target = target;
    this.flowMatching = new FlowMatchingLoss(config.flow().prediction());
    this.batches = batches;
    sum = Kernel.of("Stage2Loss", SUM, Map.of("weight", config.repa().weight()));
  }

  @Override
  public Map<String, Double> gradients(long step, NDManager scope) {
    CaptionedImages.Batch batch = batches.next();
    int size = batch.images().size();
    long seed = config.loop().seed();
    float[] times =
        config
            .flow()
            .timesteps()
            .sample(RandomStream.of(seed, "time", step), size, config.flow().shift());
    RandomStream noise = RandomStream.of(seed, "noise", step);
    int most = Math.min(config.microBatch(), (size + workers.count() - 1) / workers.count());
    Map<String, Double> sums = new LinkedHashMap<>();
    for (int first = 0; first < size; first += workers.count() * most) {
      try (NDManager round = scope.newSubManager()) {
        List<Function<Stage2Network, Map<String, Double>>> passes = new ArrayList<>();
        int end = Math.min(size, first + workers.count() * most);
        for (int from = first; from < end; from += most) {
          MicroBatch part = part(batch, from, Math.min(end, from + most), times, noise, round);
          passes.add(network -> backward(network, part, size));
        }
        workers
            .run(passes)
            .forEach(losses -> losses.forEach((name, loss) -> sums.merge(name, loss, Double::sum)));
      }
    }
    workers.addGradients(scope);
    return sums;
  }

  /**
   * What one worker computes at once. Noise and text states are drawn and looked up before, in the
   * order of the batch.
   *
   * @param times t (B), float32
   * @param states of the captions (B, L, T)
   * @param noise e (B, C, R, R)
   * @param scope of this micro-batch alone
   */
  private record MicroBatch(
      List<RgbImage> images,
      List<String> keys,
      NDArray times,
      NDArray states,
      NDArray noise,
      NDManager scope) {}

  private MicroBatch part(
      CaptionedImages.Batch batch,
      int first,
      int end,
      float[] times,
      RandomStream noise,
      NDManager round) {
    NDManager scope = round.newSubManager();
    int side = config.denoiser().latentSize();
    try (GradMode frozen = GradMode.disabled()) {
      return new MicroBatch(
          batch.images().subList(first, end),
          batch.keys().subList(first, end),
          scope.create(Arrays.copyOfRange(times, first, end)),
          text.encode(batch.captions().subList(first, end), scope),
          noise.normal(scope, new Shape(end - first, config.denoiser().channels(), side, side)),
          scope);
    }
  }

  /** Adds a micro-batch's share of the gradients; its share of the losses by name. */
  private Map<String, Double> backward(Stage2Network network, MicroBatch part, int batchSize) {
    try (NDManager scope = part.scope()) {
      Map<String, NDArray> losses = losses(network, part);
      double share = (double) part.images().size() / batchSize;
      Map<String, Double> shares = new LinkedHashMap<>();
      losses.forEach((name, loss) -> shares.put(name, share * loss.getFloat()));
      Autograd.backward(Objects.requireNonNull(losses.get("loss")), share);
      return shares;
    }
  }

  /** The losses of a micro-batch by name, each a scalar; the first is the sum. */
  private Map<String, NDArray> losses(Stage2Network network, MicroBatch part) {
    NDArray images = ImageTensors.stack(part.images(), part.scope()); // (B, 3, R, R)
    FlowPath path;
    try (GradMode frozen = GradMode.disabled()) {
      NDArray latent = nif.description().statistics().normalize(nif.field().encode(images));
      path = new FlowPath(latent, part.noise()); // (B, C, R, R)
    }
    NDArray times = part.times();
    NDArray noisy = path.at(times); // (B, C, R, R)
    Denoiser denoiser = network.denoiser();
    Map<String, NDArray> losses = new LinkedHashMap<>();
    if (target.isEmpty()) {
      NDArray output = denoiser.forward(noisy, times, part.states());
      losses.put("loss", flowMatching.of(output, path, noisy, times));
      return losses;
    }
    AlignmentTerm term =
        new AlignmentTerm(config.repa(), network.head().orElseThrow(), target.get());
    DenoiserOutput output = denoiser.forward(noisy, times, part.states(), term.config().block());
    NDArray flow = flowMatching.of(output.prediction(), path, noisy, times);
    NDArray repa = term.loss(output.features(), images, part.keys());
    losses.put("loss", sum.call(flow, repa));
    losses.put("flow", flow);
    losses.put("repa", repa);
    return losses;
  }
}
