package io.rapd.train.stage2;

import static io.rapd.core.config.Check.check;

import ai.djl.ndarray.NDManager;
import io.rapd.core.checkpoint.Fingerprint;
import io.rapd.core.checkpoint.TrainedModel;
import io.rapd.core.torch.Precision;
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
import io.rapd.train.loop.Stage;
import io.rapd.train.loop.StageModel;
import io.rapd.train.loop.Workers;
import io.rapd.train.prepare.PreparedFolder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

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
