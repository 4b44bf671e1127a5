package io.rapd.train.stage2;

import static io.rapd.core.config.Check.check;
import static io.rapd.core.text.Messages.message;

import ai.djl.ndarray.NDManager;
import io.rapd.core.checkpoint.Fingerprint;
import io.rapd.core.checkpoint.TrainedModel;
import io.rapd.core.torch.Precision;
import io.rapd.dit.DenoiserFolder;
import io.rapd.dit.flow.SamplingTimeCoverage;
import io.rapd.dit.text.TextEncoder;
import io.rapd.nif.LatentStatistics;
import io.rapd.nif.NifConfig;
import io.rapd.nif.NifFolder;
import io.rapd.train.data.Batches;
import io.rapd.train.data.CaptionedImages;
import io.rapd.train.data.ImageCache;
import io.rapd.train.data.ImageTextSource;
import io.rapd.train.data.Share;
import io.rapd.train.data.TrainingSamples;
import io.rapd.train.data.UnusableSamples;
import io.rapd.train.data.WatchedSource;
import io.rapd.train.loop.Input;
import io.rapd.train.loop.Optimizer;
import io.rapd.train.loop.SavedWeights;
import io.rapd.train.loop.Stage;
import io.rapd.train.loop.StageModel;
import io.rapd.train.loop.Workers;
import io.rapd.train.prepare.PreparedFolder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The denoiser learns to generate the latents of a trained field from text. */
final class Stage2 implements Stage<Stage2Network, CaptionedImages.Batch> {

  private final Stage2Config config;
  private final Precision precision;
  private final NDManager manager;
  private final ImageTextSource source;
  private final NifFolder nif;
  private final TextEncoder text;
  private final Optional<RepaTarget> target;
  private final Share share;
  private final Stage2Objective objective;

  Stage2(
      Stage2Config config,
      ImageTextSource source,
      Optional<PreparedFolder> prepared,
      TextEncoder text,
      Precision precision,
      NDManager manager) {
    this(config, source, prepared, text, precision, manager, Share.ALL);
  }

  Stage2(
      Stage2Config config,
      ImageTextSource source,
      Optional<PreparedFolder> prepared,
      TextEncoder text,
      Precision precision,
      NDManager manager,
      Share share) {
    this.config = config;
    this.share = share;
    this.source = prepared.isEmpty() ? source : new WatchedSource(source, prepared.get()::watch);
    this.text = text;
    this.precision = precision;
    this.manager = manager;
    // The field only encodes here and is written again with the model: kept in full precision.
    nif = config.openField(manager);
    LatentCache latents =
        new LatentCache(nif, config.data().imagesRecur() ? ImageCache.heapShare() : 0);
    checkFit(prepared);
    unknownStatisticsSize().ifPresent(System.err::println);
    CutCaptions.of(source, text).ifPresent(System.err::println);
    SamplingTimeCoverage coverage = new SamplingTimeCoverage(config.flow(), config.sampling());
    System.err.println(coverage.describe());
    coverage.warning().ifPresent(System.err::println);
    target = RepaTarget.of(config, source, prepared, precision, manager);
    objective = new Stage2Objective(config, latents, text, target, share);
  }

  private void checkFit(Optional<PreparedFolder> prepared) {
    TrainedModel.requireSameChannels(
        config.denoiser().channels(), config.field(), nif.field().encoder().channels());
    int measured = nif.description().statistics().size();
    check(
        measured == 0 || measured == config.denoiser().latentSize(),
        "field %s: its latent statistics are of size %d, but denoiser.latentSize is %d; %s",
        config.field(),
        measured,
        config.denoiser().latentSize(),
        remedy());
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

  /** Weights depend on their text encoder, and on their field but for its statistics. */
  private void checkInit(Path init) {
    if (SavedWeights.isAt(init)) {
      try (SavedWeights weights = SavedWeights.open(init)) {
        weights.requireSame(Input.TEXT_ENCODER, textInput());
        Input now = fieldInput(config, nif);
        weights
            .input(Input.FIELD)
            .filter(then -> !then.identity().equals(now.identity()))
            .ifPresent(
                then ->
                    System.err.println(
                        message(
                            "init %s: was trained with the field %s (%s), this run has %s (%s)",
                            weights.folder(),
                            then.source(),
                            then.identity(),
                            now.source(),
                            now.identity())));
      }
      return;
    }
    Path folder = TrainedModel.open(init).anyDenoiser();
    String then = DenoiserFolder.describe(folder).textProvenance();
    check(
        then.equals(text.provenance()),
        "init %s: was trained with the text encoder \"%s\", this run has \"%s\"",
        folder,
        then,
        text.provenance());
  }

  /** A line where the field is of an earlier version; pixels need no statistics. */
  private Optional<String> unknownStatisticsSize() {
    NifFolder.Description field = nif.description();
    return field.statistics().size() > 0 || field.nif().pixelSpace()
        ? Optional.empty()
        : Optional.of(
            message(
                "field %s: does not say for which latent size its statistics are; expected"
                    + " denoiser.latentSize, %d; %s",
                config.field(), config.denoiser().latentSize(), remedy()));
  }

  private String remedy() {
    return message(
        "rapd statistics --model %s --data %s --size %d --out FIELD measures them",
        config.field(), config.data().location(), config.denoiser().latentSize());
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
    Map<String, Input> inputs = new TreeMap<>();
    inputs.put(Input.FIELD, fieldInput(config, nif));
    inputs.put(Input.TEXT_ENCODER, textInput());
    Input.ofData(config.data(), source).ifPresent(data -> inputs.put(Input.DATA, data));
    target
        .filter(RepaTarget.Computed.class::isInstance)
        .flatMap(computed -> config.teacher().weights())
        .ifPresent(path -> inputs.put(Input.TEACHER, Input.weights(path)));
    return inputs;
  }

  /** The field as checkpoints record it. */
  static Input fieldInput(Stage2Config config, NifFolder nif) {
    NifFolder.Description field = nif.description();
    return new Input(
        config.field(),
        "sha256 "
            + Fingerprint.of(new Field(field.nif(), field.statistics()), nif.field().values()));
  }

  private Input textInput() {
    return new Input(config.text().toString(), text.provenance());
  }

  /** What a field encodes with, besides its weights. */
  private record Field(NifConfig nif, LatentStatistics statistics) {}

  @Override
  public Optional<Path> init() {
    Optional<Path> init =
        config.init().isEmpty() ? Optional.empty() : Optional.of(Path.of(config.init()));
    init.ifPresent(this::checkInit);
    return init;
  }

  @Override
  public String child() {
    return Stage2Network.DENOISER;
  }

  @Override
  public Stage2Network network() {
    return new Stage2Network(config, target, precision);
  }

  @Override
  public Batches<CaptionedImages.Batch> batches(
      long firstStep, Optional<String> position, UnusableSamples unusable) {
    return CaptionedImages.open(
        new TrainingSamples(config.data(), source, share, firstStep, position, unusable),
        config.batches());
  }

  /** L_stage2. */
  @Override
  public Map<String, Double> gradients(
      long step, CaptionedImages.Batch batch, Workers<Stage2Network> workers, NDManager scope) {
    return objective.gradients(step, batch, workers, scope);
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
