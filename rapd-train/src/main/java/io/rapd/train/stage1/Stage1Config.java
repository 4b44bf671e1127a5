package io.rapd.train.stage1;

import static io.rapd.core.config.Check.check;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.annotation.JsonAlias;
import io.rapd.core.checkpoint.TrainedModel;
import io.rapd.core.config.Default;
import io.rapd.core.metric.LpipsConfig;
import io.rapd.core.torch.PrecisionChoice;
import io.rapd.nif.LatentStatistics;
import io.rapd.nif.NeuralImageField;
import io.rapd.nif.NifConfig;
import io.rapd.nif.NifFolder;
import io.rapd.nif.distill.DistillationConfig;
import io.rapd.nif.encoder.EdsrConfig;
import io.rapd.nif.teacher.TeacherConfig;
import io.rapd.train.data.CropConfig;
import io.rapd.train.data.DataConfig;
import io.rapd.train.data.UnusableSamples;
import io.rapd.train.loop.LoopConfig;
import io.rapd.train.loop.MemoryPlan;
import io.rapd.train.loop.OptimizerConfig;
import io.rapd.train.loop.Ranks;
import io.rapd.train.loop.SavedWeights;
import io.rapd.train.loop.StageConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The configuration of stage 1.
 *
 * @param data images; captions are not needed
 * @param precision in which networks compute: {@code float32}, {@code bfloat16} or {@code auto},
 *     which takes bfloat16 where it is fast; {@code float32} if left out
 * @param nif the field
 * @param init a model of stage 1 or 2, a checkpoint of stage 1, or the folder of a run, whose
 *     weights and averages the training starts from; random weights if left out
 * @param trainEncoder whether the encoder is trained; false trains the renderer alone, so that a
 *     model of stage 2 keeps its latents. Needs {@code init}, a model, whose latent statistics are
 *     kept too, and no teacher
 * @param crop how images are cut
 * @param lpips the perceptual term of the reconstruction loss
 * @param teacher whose features are distilled into the latent
 * @param distillation the distillation loss; may be left out without a teacher
 * @param microBatchPixels target pixels per micro-batch; bounds the memory of a step and does not
 *     affect the result. Larger targets are rendered in strips, each computed twice (cqar), or
 *     whole (liif, clif)
 * @param validation what each preview measures and shows
 * @param statisticsImages most training images to take the latent statistics over; 0, the default,
 *     for the whole set
 * @param statisticsSize height and width of the latents that the statistics are taken over: the
 *     {@code denoiser.latentSize} of stage 2; {@code crop.encoderSize} if left out or 0
 * @param optimizer AdamW
 * @param loop steps, logs, checkpoints
 */
public record Stage1Config(
    DataConfig data,
    @Default("float32") PrecisionChoice precision,
    NifConfig nif,
    @Default("") String init,
    @Default("true") boolean trainEncoder,
    CropConfig crop,
    LpipsConfig lpips,
    TeacherConfig teacher,
    @Default(
            value =
                """
                {"weight": 0.1, "cosineMargin": 0.5, "distanceMargin": 0.25, "positions": 256}
                """,
            without = "teacher")
        DistillationConfig distillation,
    @JsonAlias("pixelsPerPass") int microBatchPixels,
    ValidationConfig validation,
    @Default("0") @JsonAlias("statisticsPictures") int statisticsImages,
    @Default("0") int statisticsSize,
    OptimizerConfig optimizer,
    LoopConfig loop)
    implements StageConfig {
  private static final int LPIPS_SIDE = 16;

  public Stage1Config {
    optimizer.requireWarmupWithin(loop);
    check(
        nif.encoder() instanceof EdsrConfig,
        "nif.encoder.type must be edsr: in pixel space stage 1 has nothing to train");
    check(
        trainEncoder || !init.isEmpty(),
        "init must name the model whose encoder trainEncoder false keeps, got none");
    check(
        trainEncoder || teacher instanceof TeacherConfig.None,
        "teacher.type must be none where trainEncoder is false: distillation trains the encoder");
    check(microBatchPixels > 0, "microBatchPixels must be positive, got %d", microBatchPixels);
    check(
        lpips instanceof LpipsConfig.None || crop.encoderSize() >= LPIPS_SIDE,
        "crop.encoderSize (%d) must be at least %d for lpips, whose network halves it four times",
        crop.encoderSize(),
        LPIPS_SIDE);
    check(statisticsImages >= 0, "statisticsImages must not be negative, got %d", statisticsImages);
    check(statisticsSize >= 0, "statisticsSize must not be negative, got %d", statisticsSize);
  }

  /**
   * The weights to start from; the folder of a field where the encoder is not trained.
   *
   * @throws io.rapd.core.checkpoint.CheckpointException where they must be a model and are not
   */
  Optional<Path> initialWeights() {
    if (init.isEmpty()) {
      return Optional.empty();
    }
    Path path = Path.of(init);
    if (trainEncoder) {
      return Optional.of(path);
    }
    Path nif = TrainedModel.open(path).nif();
    check(
        !SavedWeights.isAt(nif),
        "init %s: expected a model where trainEncoder is false, found a checkpoint; rapd export"
            + " makes a model of it",
        init);
    return Optional.of(nif);
  }

  /** The latent statistics of a trained field: measured, or those of an encoder that was kept. */
  LatentStatistics statistics(
      NeuralImageField field, Ranks ranks, NDManager manager, UnusableSamples unusable) {
    if (!trainEncoder) {
      return NifFolder.describe(initialWeights().orElseThrow()).statistics();
    }
    int size = statisticsSize > 0 ? statisticsSize : crop.encoderSize();
    return new LatentSurvey(size, statisticsImages, loop.seed())
        .of(field, data, ranks, manager, unusable);
  }

  @Override
  public MemoryPlan plan(Device device) {
    return new Stage1Plan(this, device).plan();
  }

  @Override
  public List<String> memorySavers(Device device) {
    return new Stage1Plan(this, device).savers();
  }
}
