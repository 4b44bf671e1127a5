package io.rapd.train.stage2;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.rapd.core.image.RgbImage;
import io.rapd.core.torch.Autograd;
import io.rapd.core.torch.GradMode;
import io.rapd.core.torch.HostRead;
import io.rapd.core.torch.Kernel;
import io.rapd.dit.CheckpointedPass;
import io.rapd.dit.Denoiser;
import io.rapd.dit.DenoiserOutput;
import io.rapd.dit.RepaHead;
import io.rapd.dit.flow.FlowMatchingLoss;
import io.rapd.dit.flow.FlowPath;
import io.rapd.dit.text.TextEncoder;
import io.rapd.train.data.CaptionedImages;
import io.rapd.train.data.Share;
import io.rapd.train.loop.MicroBatch;
import io.rapd.train.loop.StepTimes;
import io.rapd.train.loop.Workers;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** L_stage2 of a batch and its gradients, micro-batch by micro-batch. */
final class Stage2Objective {
  private static final String LOSS = "loss";
  private static final String SUM =
      """
      def forward(flow, repa):
        return torch.add(flow, repa, alpha=$weight)
      """;

  private final Stage2Config config;
  private final Latents latents;
  private final TextEncoder text;
  private final Optional<RepaTarget> target;
  private final Share share;
  private final FlowMatchingLoss flowMatching;
  private final Kernel sum;

  Stage2Objective(
      Stage2Config config,
      Latents latents,
      TextEncoder text,
      Optional<RepaTarget> target,
      Share share) {
    this.share = share;
    this.config = config;
    this.latents = latents;
    this.text = text;
    this.target = target;
    flowMatching = new FlowMatchingLoss(config.flow().prediction());
    sum = sum(config.repa().weight());
  }

  static Kernel sum(double repaWeight) {
    return Kernel.of("Stage2Loss", SUM, Map.of("weight", repaWeight));
  }

  /**
   * A micro-batch of b samples. Its noise and text states are drawn and looked up in batch order,
   * before workers run side by side.
   *
   * @param images none where neither latents nor the teacher need them
   * @param times t (b), float32
   * @param states of the captions (b, L, T)
   * @param noise e (b, C, R, R)
   */
  private record Inputs(
      List<RgbImage> images, List<String> keys, NDArray times, NDArray states, NDArray noise) {}

  /**
   * The losses of a micro-batch, left on the device until the step is done.
   *
   * @param values (k), on the scope of the step
   * @param share of the batch
   */
  private record Losses(List<String> names, NDArray values, double share) {}

  /** The mean losses by name; the first is the weighted sum. Reads the device once. */
  Map<String, Double> gradients(
      long step, CaptionedImages.Batch batch, Workers<Stage2Network> workers, NDManager scope) {
    int size = batch.keys().size();
    int all = share.count() == 1 ? size : config.loop().batchSize();
    NoiseGenerator.Draws draws =
        config.generator().at(config.flow(), config.loop().seed(), step, all, share);
    List<Losses> losses =
        workers.backward(
            size,
            config.microBatch(),
            scope,
            micro -> {
              Inputs inputs = inputs(batch, micro, draws, workers.times());
              return network -> backward(network, inputs, micro.share(), scope, workers);
            });
    return means(losses);
  }

  private Inputs inputs(
      CaptionedImages.Batch batch, MicroBatch micro, NoiseGenerator.Draws draws, StepTimes times) {
    try (GradMode frozen = GradMode.disabled()) {
      NDArray states;
      try (StepTimes.Timing timing = times.of(StepTimes.Phase.ENCODE)) {
        states = text.encode(micro.of(batch.captions()), micro.scope());
      }
      return new Inputs(
          batch.images().isEmpty() ? List.of() : micro.of(batch.images()),
          micro.of(batch.keys()),
          draws.times(micro),
          states,
          draws.noise(micro, config.denoiser().latentShape()));
    }
  }

  private static Map<String, Double> means(List<Losses> losses) {
    List<String> names = losses.get(0).names();
    float[] values;
    try (NDArray all = NDArrays.stack(new NDList(losses.stream().map(Losses::values).toList()))) {
      values = HostRead.floats(all);
    }
    Map<String, Double> means = new LinkedHashMap<>();
    int at = 0;
    for (Losses one : losses) {
      for (String name : names) {
        means.merge(name, one.share() * values[at++], Double::sum);
      }
    }
    return means;
  }

  /**
   * What a micro-batch's losses compare with.
   *
   * @param noisy z_t (b, C, R, R)
   * @param features of the teacher (b, N, D), if there is one
   */
  private record Frozen(FlowPath path, NDArray noisy, Optional<NDArray> features) {}

  private Frozen frozen(Inputs inputs, Workers<Stage2Network> workers) {
    NDArray times = inputs.times();
    NDManager scope = times.getManager();
    try (GradMode off = GradMode.disabled()) {
      NDArray latent;
      Optional<NDArray> features;
      try (StepTimes.Timing timing = workers.timing(StepTimes.Phase.ENCODE)) {
        latent = latents.latents(inputs.keys(), inputs.images(), scope); // (b, C, R, R)
        features = target.map(of -> of.features(inputs.images(), inputs.keys(), scope));
      }
      FlowPath path = new FlowPath(latent, inputs.noise());
      return new Frozen(path, path.at(times), features);
    }
  }

  /** Adds a micro-batch's share of the gradients. */
  private Losses backward(
      Stage2Network network,
      Inputs inputs,
      double share,
      NDManager step,
      Workers<Stage2Network> workers) {
    Frozen frozen = frozen(inputs, workers);
    NDArray times = inputs.times();
    Denoiser denoiser = network.denoiser();
    int block = target.isPresent() ? config.repa().block() : denoiser.config().depth();
    if (config.activationCheckpointing()) {
      try (CheckpointedPass pass =
          denoiser.checkpointed(frozen.noisy(), times, inputs.states(), block)) {
        Map<String, NDArray> losses = losses(network, pass.output(), frozen, times);
        Losses values = values(losses, share, step);
        try (StepTimes.Timing timing = workers.timing(StepTimes.Phase.BACKWARD)) {
          Autograd.backward(Objects.requireNonNull(losses.get(LOSS)), share);
          pass.backward();
        }
        return values;
      }
    }
    DenoiserOutput output = denoiser.forward(frozen.noisy(), times, inputs.states(), block);
    Map<String, NDArray> losses = losses(network, output, frozen, times);
    Losses values = values(losses, share, step);
    try (StepTimes.Timing timing = workers.timing(StepTimes.Phase.BACKWARD)) {
      Autograd.backward(Objects.requireNonNull(losses.get(LOSS)), share);
    }
    return values;
  }

  private Map<String, NDArray> losses(
      Stage2Network network, DenoiserOutput output, Frozen frozen, NDArray times) {
    NDArray flow = flowMatching.of(output.prediction(), frozen.path(), frozen.noisy(), times);
    Map<String, NDArray> losses = new LinkedHashMap<>();
    if (frozen.features().isEmpty()) {
      losses.put(LOSS, flow);
    } else {
      NDArray projected = network.head().orElseThrow().forward(output.features());
      NDArray repa = RepaHead.loss(projected, frozen.features().get());
      losses.put(LOSS, sum.call(flow, repa));
      losses.put("flow", flow);
      losses.put("repa", repa);
    }
    return losses;
  }

  private static Losses values(Map<String, NDArray> losses, double share, NDManager step) {
    try (GradMode off = GradMode.disabled()) {
      NDArray values = NDArrays.stack(new NDList(List.copyOf(losses.values())));
      values.attach(step);
      return new Losses(List.copyOf(losses.keySet()), values, share);
    }
  }
}
