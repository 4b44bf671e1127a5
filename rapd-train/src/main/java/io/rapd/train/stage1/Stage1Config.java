package io.rapd.train.stage1;

import static io.rapd.core.config.Check.check;

import com.fasterxml.jackson.annotation.JsonAlias;
import io.rapd.core.config.Default;
import io.rapd.core.metric.LpipsConfig;
import io.rapd.nif.NifConfig;
import io.rapd.nif.distill.DistillationConfig;
import io.rapd.nif.teacher.TeacherConfig;
import io.rapd.train.data.CropConfig;
import io.rapd.train.data.DataConfig;
import io.rapd.train.loop.LoopConfig;
import io.rapd.train.loop.OptimizerConfig;

/**
 * All of stage 1.
 *
 * @param data images; captions are not needed
 * @param nif the field
 * @param crop how images are cut
 * @param lpips the perceptual part of the reconstruction loss
 * @param teacher whose features the latent is drawn to
 * @param distillation how; may be left out without a teacher
 * @param pixelsPerPass target pixels that are rendered and differentiated at once, at least one
 *     image; bounds the memory of a step and changes nothing else
 * @param validation what is measured and shown at each preview
 * @param statisticsImages how many training images the latent statistics are taken over, at most
 * @param optimizer AdamW
 * @param loop steps, logs, checkpoints
 */
public record Stage1Config(
    DataConfig data,
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
    int pixelsPerPass,
    ValidationConfig validation,
    @JsonAlias("statisticsPictures") int statisticsImages,
    OptimizerConfig optimizer,
    LoopConfig loop) {
  private static final int LPIPS_SIDE = 16;

  /** Validates. */
  public Stage1Config {
    check(pixelsPerPass > 0, "pixelsPerPass must be positive, got %d", pixelsPerPass);
    check(
        lpips instanceof LpipsConfig.None || crop.encoderSize() >= LPIPS_SIDE,
        "crop.encoderSize (%d) must be at least %d for lpips, whose network halves it four times",
        crop.encoderSize(),
        LPIPS_SIDE);
    check(statisticsImages > 0, "statisticsImages must be positive, got %d", statisticsImages);
  }
}
