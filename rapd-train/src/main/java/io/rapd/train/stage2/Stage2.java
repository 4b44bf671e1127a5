package io.rapd.train.stage2;

import static io.rapd.core.config.Check.check;
import static io.rapd.core.text.Messages.message;

import ai.djl.ndarray.NDManager;
import io.rapd.core.checkpoint.TrainedModel;
import io.rapd.core.torch.Precision;
import io.rapd.dit.DenoiserFolder;
import io.rapd.dit.flow.SamplingTimeCoverage;
import io.rapd.dit.text.TextEncoder;
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
import io.rapd.train.loop.Ranks;
import io.rapd.train.loop.SavedWeights;
import io.rapd.train.loop.Stage;
import io.rapd.train.loop.StageModel;
import io.rapd.train.loop.Workers;
import io.rapd.train.prepare.FieldDigest;
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
  private final CaptionedImages.Images images;
  private final Share share;
  private final Stage2Objective objective;
  private final Optional<FlowValidation> validation;

  Stage2(
      Stage2Config config,
      ImageTextSource source,
      Optional<PreparedFolder> prepared,
      TextEncoder text,
      Precision precision,
      NDManager manager) {
    this(config, source, prepared, text, precision, manager, Ranks.alone());
  }

  Stage2(
      Stage2Config config,
      ImageTextSource source,
      Optional<PreparedFolder> prepared,
      TextEncoder text,
      Precision precision,
      NDManager manager,
      Ranks ranks) {
    this.config = config;
    this.share = ranks.share();
    this.source = prepared.isEmpty() ? source : new WatchedSource(source, prepared.get()::watch);
    this.text = text;
    this.precision = precision;
    this.manager = manager;
    // The field only encodes here and is written again with the model: kept in full precision.
    nif = config.openField(manager);
    StatisticsSize statistics = new StatisticsSize(config, nif.description());
    checkFit(prepared, statistics);
    Optional<PreparedFolder> stored =
        prepared.filter(
            folder ->
                folder.holdsLatents(
                    source,
                    config.field(),
                    nif,
                    config.denoiser().latentSize(),
                    config.data().resize()));
    Latents latents =
        stored
            .<Latents>map(folder -> (keys, unread, scope) -> folder.latents(keys, scope))
            .orElseGet(
                () ->
                    new LatentCache(nif, config.data().imagesRecur() ? ImageCache.heapShare() : 0));
    statistics.warning().ifPresent(System.err::println);
    CutCaptions.of(source, text).ifPresent(System.err::println);
    SamplingTimeCoverage coverage = new SamplingTimeCoverage(config.flow(), config.sampling());
    System.err.println(coverage.describe());
    coverage.warning().ifPresent(System.err::println);
    target = RepaTarget.of(config, source, prepared, precision, manager);
    images =
        stored
            .filter(folder -> target.stream().noneMatch(RepaTarget::readsImages))
            .<CaptionedImages.Images>map(
                folder -> new CaptionedImages.Images.Unread(folder::hasLatent))
            .orElseGet(CaptionedImages.Images.Read::new);
    validation =
        config.validation().every() > 0
            ? Optional.of(new FlowValidation(config, nif, text, ranks))
            : Optional.empty();
    objective = new Stage2Objective(config, latents, text, target, share);
  }

  private void checkFit(Optional<PreparedFolder> prepared, StatisticsSize statistics) {
    TrainedModel.requireSameChannels(
        config.denoiser().channels(), config.field(), nif.field().encoder().channels());
    statistics.requireSize();
    if (prepared.isPresent()) {
      prepared.get().requireText(config.text());
      List<String> prompts = new ArrayList<>(config.prompts());
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
    return new Input(config.field(), FieldDigest.of(nif));
  }

  private Input textInput() {
    return new Input(config.text().toString(), text.provenance());
  }

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
        config.batches(),
        images);
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
        validation,
        unusable,
        manager);
  }
}
