package io.rapd.train.stage2;

import static io.rapd.core.config.Check.check;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.checkpoint.Fingerprint;
import io.rapd.core.checkpoint.TrainedModel;
import io.rapd.core.image.ImageTensors;
import io.rapd.core.image.RgbImage;
import io.rapd.core.torch.Autograd;
import io.rapd.core.torch.GradMode;
import io.rapd.core.torch.Kernel;
import io.rapd.core.torch.Precision;
import io.rapd.core.torch.RandomStream;
import io.rapd.dit.Denoiser;
import io.rapd.dit.DenoiserOutput;
import io.rapd.dit.RepaHead;
import io.rapd.dit.flow.FlowMatchingLoss;
import io.rapd.dit.flow.FlowPath;
import io.rapd.dit.text.TextEncoder;
import io.rapd.nif.LatentStatistics;
import io.rapd.nif.NifConfig;
import io.rapd.nif.NifFolder;
import io.rapd.train.data.Batches;
import io.rapd.train.data.CaptionedImages;
import io.rapd.train.data.ImageCache;
import io.rapd.train.data.ImageTextSource;
import io.rapd.train.data.UnusableSamples;
import io.rapd.train.data.WatchedSource;
import io.rapd.train.loop.Input;
import io.rapd.train.loop.MicroBatch;
import io.rapd.train.loop.Optimizer;
import io.rapd.train.loop.Stage;
import io.rapd.train.loop.StageModel;
import io.rapd.train.loop.Workers;
import io.rapd.train.prepare.PreparedFolder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** The denoiser learns to generate the latents of a trained field from text. */
final class Stage2 implements Stage<Stage2Network, CaptionedImages.Batch> {
  private static final String SUM =
      """
      def forward(flow, repa):
        return torch.add(flow, repa, alpha=$weight)
      """;

  private final Stage2Config config;
  private final Precision precision;
  private final NDManager manager;
  private final ImageTextSource source;
  private final NifFolder nif;
  private final LatentCache latents;
  private final TextEncoder text;
  private final Optional<RepaTarget> target;
  private final FlowMatchingLoss flowMatching;
  private final Kernel sum;

  Stage2(
      Stage2Config config,
      ImageTextSource source,
      Optional<PreparedFolder> prepared,
      TextEncoder text,
      Precision precision,
      NDManager manager) {
    this.config = config;
    this.source = prepared.isEmpty() ? source : new WatchedSource(source, prepared.get()::watch);
    this.text = text;
    this.precision = precision;
    this.manager = manager;
    // The field only encodes here and is written again with the model: kept in full precision.
    nif = config.openField(manager);
    latents = new LatentCache(nif, config.data().imagesRecur() ? ImageCache.heapShare() : 0);
    checkFit(prepared);
    CutCaptions.of(source, text).ifPresent(System.err::println);
    target = RepaTarget.of(config, source, prepared, precision, manager);
    flowMatching = new FlowMatchingLoss(config.flow().prediction());
    sum = sum(config.repa().weight());
  }

  static Kernel sum(double repaWeight) {
    return Kernel.of("Stage2Loss", SUM, Map.of("weight", repaWeight));
  }

  private void checkFit(Optional<PreparedFolder> prepared) {
    TrainedModel.requireSameChannels(
        config.denoiser().channels(), config.field(), nif.field().encoder().channels());
    if (prepared.isPresent()) {
      prepared.get().requireText(config.text());
      List<String> prompts = new ArrayList<>(config.preview().prompts());
      prompts.add("");
      prepared.get().requirePrompts(prompts); // now, and not only at the first preview
    }
    check(
        text.width() == config.denoiser().textWidth(),
        "denoiser.textWidth (%d) must be the text encoder's width, %d",
        config.denoiser().textWidth(),
        text.width());
  }

  @Override
  public String name() {
    return "stage 2";
  }

  @Override
  public int samples() {
    return source.size();
  }

  @Override
  public Map<String, Input> inputs() {
    NifFolder.Description field = nif.description();
    return Map.of(
        "field",
        new Input(
            config.field(),
            "sha256 "
                + Fingerprint.of(new Field(field.nif(), field.statistics()), nif.field().values())),
        "text encoder",
        new Input(config.text().toString(), text.provenance()));
  }

  /** What a field encodes with, besides its weights. */
  private record Field(NifConfig nif, LatentStatistics statistics) {}

  @Override
  public Stage2Network network() {
    return new Stage2Network(config, target, precision);
  }

  @Override
  public Batches<CaptionedImages.Batch> batches(
      long firstStep, Optional<String> position, UnusableSamples unusable) {
    return CaptionedImages.open(
        config.data(), source, config.batches(), firstStep, position, unusable);
  }

  /** L_stage2. */
  @Override
  public Map<String, Double> gradients(
      long step, CaptionedImages.Batch batch, Workers<Stage2Network> workers, NDManager scope) {
    int size = batch.images().size();
    long seed = config.loop().seed();
    float[] times =
        config
            .flow()
            .timesteps()
            .sample(RandomStream.of(seed, "time", step), size, config.flow().shift());
    RandomStream noise = RandomStream.of(seed, "noise", step);
    Map<String, Double> sums = new LinkedHashMap<>();
    workers
        .backward(
            size,
            config.microBatch(),
            scope,
            micro -> {
              Inputs inputs = inputs(batch, micro, times, noise);
              return network -> backward(network, inputs, micro.share());
            })
        .forEach(losses -> losses.forEach((name, loss) -> sums.merge(name, loss, Double::sum)));
    return sums;
  }

  /**
   * A micro-batch of b samples. Its noise and text states are drawn and looked up in batch order,
   * before workers run side by side.
   *
   * @param times t (b), float32
   * @param states of the captions (b, L, T)
   * @param noise e (b, C, R, R)
   */
  private record Inputs(
      List<RgbImage> images, List<String> keys, NDArray times, NDArray states, NDArray noise) {}

  private Inputs inputs(
      CaptionedImages.Batch batch, MicroBatch micro, float[] times, RandomStream noise) {
    NDManager scope = micro.scope();
    int side = config.denoiser().latentSize();
    try (GradMode frozen = GradMode.disabled()) {
      return new Inputs(
          micro.of(batch.images()),
          micro.of(batch.keys()),
          scope.create(Arrays.copyOfRange(times, micro.first(), micro.end())),
          text.encode(micro.of(batch.captions()), scope),
          noise.normal(scope, new Shape(micro.size(), config.denoiser().channels(), side, side)));
    }
  }

  /** Adds a micro-batch's share of the gradients; its share of the losses by name. */
  private Map<String, Double> backward(Stage2Network network, Inputs inputs, double share) {
    Map<String, NDArray> losses = losses(network, inputs);
    Map<String, Double> shares = new LinkedHashMap<>();
    losses.forEach((name, loss) -> shares.put(name, share * loss.getFloat()));
    Autograd.backward(Objects.requireNonNull(losses.get("loss")), share);
    return shares;
  }

  /** The losses of a micro-batch by name, each a scalar; the first is the weighted sum. */
  private Map<String, NDArray> losses(Stage2Network network, Inputs inputs) {
    NDArray times = inputs.times();
    FlowPath path;
    try (GradMode frozen = GradMode.disabled()) {
      NDArray latent = latents.latents(inputs.keys(), inputs.images(), times.getManager());
      path = new FlowPath(latent, inputs.noise()); // (b, C, R, R)
    }
    NDArray noisy = path.at(times); // (b, C, R, R)
    Denoiser denoiser = network.denoiser();
    Map<String, NDArray> losses = new LinkedHashMap<>();
    if (target.isEmpty()) {
      NDArray output = denoiser.forward(noisy, times, inputs.states());
      losses.put("loss", flowMatching.of(output, path, noisy, times));
      return losses;
    }
    DenoiserOutput output = denoiser.forward(noisy, times, inputs.states(), config.repa().block());
    NDArray flow = flowMatching.of(output.prediction(), path, noisy, times);
    NDArray images = ImageTensors.stack(inputs.images(), times.getManager()); // (b, 3, R, R)
    NDArray repa =
        RepaHead.loss(
            network.head().orElseThrow().forward(output.features()),
            target.get().features(images, inputs.keys()));
    losses.put("loss", sum.call(flow, repa));
    losses.put("flow", flow);
    losses.put("repa", repa);
    return losses;
  }

  @Override
  public StageModel model(Stage2Network network, Optimizer optimizer, UnusableSamples unusable) {
    return new Stage2Model(
        config,
        nif,
        text,
        config.denoiser().build(precision),
        optimizer.averagesOf(network, Stage2Network.DENOISER),
        source.description(),
        manager);
  }
}
