package io.rapd.train.stage2;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.rapd.core.image.ImageTensors;
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
import io.rapd.train.data.CaptionedPictures;
import io.rapd.train.loop.Objective;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** L_stage2, a micro-batch at a time. */
final class Stage2Objective implements Objective {
  private static final String SUM =
      """
      def forward(self, flow: Tensor, repa: Tensor) -> Tensor:
        return torch.add(flow, repa, alpha=$weight)
      """;

  private final Stage2Config config;
  private final NifFolder nif;
  private final TextEncoder text;
  private final Denoiser denoiser;
  private final Optional<AlignmentTerm> alignment;
  private final FlowMatchingLoss flowMatching;
  private final BatchLoader<CaptionedPictures.Batch> batches;
  private final Kernel sum;

  Stage2Objective(
      Stage2Config config,
      NifFolder nif,
      TextEncoder text,
      Denoiser denoiser,
      Optional<AlignmentTerm> alignment,
      BatchLoader<CaptionedPictures.Batch> batches) {
    this.config = config;
    this.nif = nif;
    this.text = text;
    this.denoiser = denoiser;
    this.alignment = alignment;
    this.flowMatching = new FlowMatchingLoss(config.flow().prediction());
    this.batches = batches;
    sum = Kernel.of("Stage2Loss", SUM, Map.of("weight", config.repa().weight()));
  }

  @Override
  public Map<String, Double> gradients(long step, NDManager scope) {
    CaptionedPictures.Batch batch = batches.next();
    int size = batch.pictures().size();
    long seed = config.loop().seed();
    float[] times =
        config
            .flow()
            .law()
            .sample(RandomStream.of(seed, "time", step), size, config.flow().shift());
    RandomStream noise = RandomStream.of(seed, "noise", step);
    Map<String, Double> sums = new LinkedHashMap<>();
    for (int first = 0; first < size; first += config.microBatch()) {
      int end = Math.min(size, first + config.microBatch());
      try (NDManager pass = scope.newSubManager()) {
        NDArray images = ImageTensors.stack(batch.pictures().subList(first, end), pass);
        NDArray t = pass.create(Arrays.copyOfRange(times, first, end));
        Map<String, NDArray> losses =
            losses(
                images,
                batch.keys().subList(first, end),
                batch.captions().subList(first, end),
                t,
                noise);
        double share = (double) (end - first) / size;
        losses.forEach((name, loss) -> sums.merge(name, share * loss.getFloat(), Double::sum));
        NDArray total = losses.get("loss");
        if (total != null) {
          Autograd.backward(total, share);
        }
      }
    }
    return sums;
  }

  /** The losses of a micro-batch by name, each a scalar; the first is the sum. */
  private Map<String, NDArray> losses(
      NDArray images, List<String> keys, List<String> captions, NDArray times, RandomStream noise) {
    NDManager pass = images.getManager();
    FlowPath path;
    NDArray states;
    try (GradMode frozen = GradMode.disabled()) {
      NDArray latent = nif.description().statistics().normalize(nif.field().encode(images));
      path = new FlowPath(latent, noise.normal(pass, latent.getShape())); // (B, C, R, R)
      states = text.encode(captions, pass).states(); // (B, L, T)
    }
    NDArray noisy = path.at(times); // (B, C, R, R)
    Map<String, NDArray> losses = new LinkedHashMap<>();
    if (alignment.isEmpty()) {
      NDArray output = denoiser.forward(noisy, times, states);
      losses.put("loss", flowMatching.of(output, path, noisy, times));
      return losses;
    }
    AlignmentTerm term = alignment.get();
    DenoiserOutput output = denoiser.forward(noisy, times, states, term.config().block());
    NDArray flow = flowMatching.of(output.prediction(), path, noisy, times);
    NDArray repa = term.loss(output.features(), images, keys);
    losses.put("loss", sum.call(flow, repa));
    losses.put("flow", flow);
    losses.put("repa", repa);
    return losses;
  }
}
