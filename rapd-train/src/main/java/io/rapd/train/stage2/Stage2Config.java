package io.rapd.train.stage2;

import static io.rapd.core.config.Check.check;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import io.rapd.core.checkpoint.TrainedModel;
import io.rapd.core.config.Default;
import io.rapd.core.torch.Precision;
import io.rapd.core.torch.PrecisionChoice;
import io.rapd.dit.DenoiserConfig;
import io.rapd.dit.RepaConfig;
import io.rapd.dit.flow.FlowConfig;
import io.rapd.dit.flow.SamplingConfig;
import io.rapd.dit.text.TextEncoderConfig;
import io.rapd.nif.NifFolder;
import io.rapd.nif.teacher.TeacherConfig;
import io.rapd.train.data.CaptionedImages;
import io.rapd.train.data.DataConfig;
import io.rapd.train.data.ImageTextSource;
import io.rapd.train.loop.LoopConfig;
import io.rapd.train.loop.MemoryPlan;
import io.rapd.train.loop.OptimizerConfig;
import io.rapd.train.loop.StageConfig;
import io.rapd.train.prepare.PreparationInput;
import io.rapd.train.prepare.PreparedConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The configuration of stage 2.
 *
 * @param data captioned images
 * @param precision in which networks compute: {@code float32}, {@code bfloat16} or {@code auto},
 *     which takes bfloat16 where it is fast; {@code float32} if left out
 * @param captionFirst probability of an image's first caption; otherwise one of its alternatives
 * @param field the model folder of stage 1, or the folder of its run; {@code pixels} for diffusion
 *     of the pixels themselves
 * @param init a text-to-image model, a checkpoint of stage 2, or the folder of a run, whose weights
 *     and averages the training starts from; random weights if left out
 * @param denoiser the network; images are encoded at {@code latentSize} pixels per side
 * @param text the frozen encoder of captions
 * @param textCache how many captions' states to keep in memory; unused where shards are streamed
 * @param prepared states and features computed by {@code rapd prepare}, or none
 * @param flow the path, the timesteps and what the denoiser predicts
 * @param generator what draws noise and times; {@code java} if left out, as runs of earlier
 *     versions drew them
 * @param sampling of previews; the default of the trained model
 * @param teacher whose features REPA aligns tokens with
 * @param repa the REPA loss; may be left out without a teacher
 * @param microBatch images per micro-batch; bounds the memory of a step and does not affect the
 *     result
 * @param activationCheckpointing whether the backward pass computes the blocks' activations again
 *     instead of keeping them; does not affect the result
 * @param preview the images to generate at intervals
 * @param validation the loss on held-out images; not measured if left out
 * @param optimizer AdamW
 * @param loop steps, logs, checkpoints
 */
public record Stage2Config(
    DataConfig data,
    @Default("float32") PrecisionChoice precision,
    double captionFirst,
    String field,
    @Default("") String init,
    DenoiserConfig denoiser,
    TextEncoderConfig text,
    int textCache,
    @Default("{\"type\": \"none\"}") PreparedConfig prepared,
    FlowConfig flow,
    @Default("java") NoiseGenerator generator,
    SamplingConfig sampling,
    TeacherConfig teacher,
    @Default(value = "{\"weight\": 0.5, \"block\": 1, \"hidden\": 1536}", without = "teacher")
        RepaConfig repa,
    int microBatch,
    @Default("false") boolean activationCheckpointing,
    PreviewConfig preview,
    @Default("{}") FlowValidationConfig validation,
    OptimizerConfig optimizer,
    LoopConfig loop)
    implements StageConfig {
  /** The {@code field} of pixel space; a folder of this name is {@code ./pixels}. */
  private static final String PIXELS = "pixels";

  public Stage2Config {
    optimizer.requireWarmupWithin(loop);
    check(
        captionFirst >= 0 && captionFirst <= 1,
        "captionFirst must be in [0, 1], got %s",
        captionFirst);
    check(
        denoiser.textTokens() == text.maxTokens(),
        "denoiser.textTokens (%d) must equal text.maxTokens (%d)",
        denoiser.textTokens(),
        text.maxTokens());
    check(
        data.stream().streams() == 0 || prepared.folder().isEmpty(),
        "prepared.folder needs random access: data.stream.streams must be 0, got %d",
        data.stream().streams());
    check(textCache > 0, "textCache must be positive, got %d", textCache);
    check(
        repa.block() <= denoiser.depth(),
        "repa.block (%d) must not exceed denoiser.depth (%d)",
        repa.block(),
        denoiser.depth());
    check(microBatch > 0, "microBatch must be positive, got %d", microBatch);
  }

  /** The field, in full precision: it is written again with the model. */
  public NifFolder openField(NDManager manager) {
    NifFolder nif =
        field.equals(PIXELS)
            ? NifFolder.pixels()
            : NifFolder.load(TrainedModel.open(Path.of(field)).nif(), Precision.FLOAT32, manager);
    check(
        !nif.description().nif().pixelSpace() || preview.size() == denoiser.latentSize(),
        "preview.size must be denoiser.latentSize (%d) in pixel space, got %d",
        denoiser.latentSize(),
        preview.size());
    return nif;
  }

  /**
   * What {@code rapd prepare} stores for it.
   *
   * @param features whether to store the teacher's features of every image
   * @param latents whether to store the latent of every image
   * @throws IllegalArgumentException where shards are streamed or crops are random
   */
  public PreparationInput toPrepare(boolean features, boolean latents) {
    check(
        data.stream().streams() == 0,
        "data.stream.streams must be 0 to prepare, got %d; a stream has no end, and training refuses"
            + " prepared data with streams",
        data.stream().streams());
    return new PreparationInput(
        data.openTrain(true),
        data.maxUnreadable(),
        text,
        prompts(),
        data.resize(),
        denoiser.latentSize(),
        features ? teacher : new TeacherConfig.None(),
        denoiser.gridSize(),
        latents);
  }

  /**
   * The prompts besides those of the training set: of previews, and captions of held-out images.
   */
  List<String> prompts() {
    List<String> prompts = new ArrayList<>(preview.prompts());
    if (validation.every() > 0) {
      ImageTextSource source = data.openValidation(true);
      int count = Math.min(validation.images(), source.size());
      for (int i = 0; i < count; i++) {
        prompts.add(source.captions(i).get(0));
      }
    }
    return prompts;
  }

  /** What a batch consists of. */
  CaptionedImages.Settings batches() {
    return new CaptionedImages.Settings(
        denoiser.latentSize(),
        data.resize(),
        data.caption(),
        captionFirst,
        flow.promptDropout(),
        loop.batchSize(),
        loop.seed());
  }

  @Override
  public MemoryPlan plan(Device device) {
    return new Stage2Plan(this, device).plan();
  }

  @Override
  public List<String> memorySavers(Device device) {
    return new Stage2Plan(this, device).savers();
  }
}
