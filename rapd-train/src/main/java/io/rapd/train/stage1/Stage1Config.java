package io.rapd.train.stage1;

import static io.rapd.core.config.Check.check;

import ai.djl.Device;
import com.fasterxml.jackson.annotation.JsonAlias;
import io.rapd.core.config.Default;
import io.rapd.core.metric.LpipsConfig;
import io.rapd.core.torch.PrecisionChoice;
import io.rapd.nif.NifConfig;
import io.rapd.nif.distill.DistillationConfig;
import io.rapd.nif.encoder.EdsrConfig;
import io.rapd.nif.teacher.TeacherConfig;
import io.rapd.train.data.CropConfig;
import io.rapd.train.data.DataConfig;
import io.rapd.train.loop.LoopConfig;
import io.rapd.train.loop.MemoryPlan;
import io.rapd.train.loop.OptimizerConfig;
import io.rapd.train.loop.StageConfig;
import java.util.List;

/**
 * The configuration of stage 1.
 *
 * @param data images; captions are not needed
 * @param precision in which networks compute: {@code float32}, {@code bfloat16} or {@code auto},
 *     which takes bfloat16 where it is fast; {@code float32} if left out
 * @param nif the field
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
    check(microBatchPixels > 0, "microBatchPixels must be positive, got %d", microBatchPixels);
    check(
        lpips instanceof LpipsConfig.None || crop.encoderSize() >= LPIPS_SIDE,
        "crop.encoderSize (%d) must be at least %d for lpips, whose network halves it four times",
        crop.encoderSize(),
        LPIPS_SIDE);
    check(statisticsImages >= 0, "statisticsImages must not be negative, got %d", statisticsImages);
    check(statisticsSize >= 0, "statisticsSize must not be negative, got %d", statisticsSize);
  }

  /** How the latent statistics are measured. */
  LatentSurvey survey() {
    return new LatentSurvey(
        statisticsSize > 0 ? statisticsSize : crop.encoderSize(), statisticsImages, loop.seed());
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
