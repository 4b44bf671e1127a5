package io.rapd.infer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.rapd.dit.DenoiserFolder;
import io.rapd.dit.flow.Solver.StepListener;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.ObjIntConsumer;

/**
 * Text to image field: the denoiser turns noise and a prompt into a latent, from which images of
 * any size are rendered.
 *
 * <pre>{@code
 * try (TextToImage model = TextToImage.load(Path.of("model"));
 *     ImageField apple = model.generate("red apple", model.defaults().withSeed(1))) {
 *   RgbImage small = apple.renderAtResolution(64, 64);
 *   RgbImage large = apple.renderAtResolution(768, 1024);
 * }
 * }</pre>
 *
 * <p>The same model, prompt and options give the same bits on the same processor with the same
 * number of threads, whatever was generated before. Safe for use by several threads until it is
 * closed; closing frees the fields that it made.
 */
public final class TextToImage implements AutoCloseable {
  private final LoadedModel model;

  TextToImage(LoadedModel model) {
    this.model = model;
  }

  /** As {@link #load(Path, LoadOptions)} with the defaults. */
  public static TextToImage load(Path folder) {
    return load(folder, LoadOptions.defaults());
  }

  /**
   * Loads a model: a folder with {@code nif/} and {@code denoiser/}.
   *
   * @param folder the folder of the model, or of its training run
   * @throws IllegalArgumentException naming what is missing, damaged or does not fit together
   */
  public static TextToImage load(Path folder, LoadOptions options) {
    return TextToImageLoader.load(folder, options);
  }

  /**
   * The height and width, in pixels, of all images of a pixel-space model that is loaded without an
   * image field ({@link LoadOptions#field}); empty for models that render any size. Reads
   * configurations alone.
   *
   * @throws IllegalArgumentException naming what is missing or damaged
   */
  public static OptionalInt fixedSize(Path folder, LoadOptions options) {
    return TextToImageLoader.fixedSize(folder, options);
  }

  /** The contents of {@code denoiser/config.json}. */
  public DenoiserFolder.Description description() {
    return model.description();
  }

  /** Seed 0, the sampling recorded in the model, no negative prompt. */
  public GenerationOptions defaults() {
    return new GenerationOptions(0, description().sampling(), "");
  }

  /**
   * What this model would ignore, one line each: tokens beyond the text encoder's limit, a prompt
   * of unknown words only, a negative prompt without guidance. Generation logs the same lines.
   */
  public List<String> warnings(String prompt, GenerationOptions options) {
    return model.warnings(prompt, options);
  }

  /**
   * Generates one field.
   *
   * @param prompt any text; tokens beyond the text encoder's limit are cut with a {@linkplain
   *     #warnings warning}
   */
  public ImageField generate(String prompt, GenerationOptions options) {
    return generate(List.of(prompt), options, StepListener.NONE).get(0);
  }

  /**
   * Generates one field per prompt, all from the same noise. A prompt gives the same field alone
   * and among others, up to the rounding of batched arithmetic.
   *
   * @param prompts at least one
   * @param listener called after each step; steps are counted over all batches of prompts, the
   *     latents are those of the current batch
   * @throws IllegalArgumentException if there is no prompt
   * @throws java.util.concurrent.CancellationException if the listener stops the sampling
   * @throws IllegalStateException if this model is closed
   */
  public List<ImageField> generate(
      List<String> prompts, GenerationOptions options, StepListener listener) {
    List<ImageField> fields = new ArrayList<>();
    try {
      generate(prompts, options, listener, (field, prompt) -> fields.add(field));
      return fields;
    } catch (RuntimeException e) {
      fields.forEach(ImageField::close);
      throw e;
    }
  }

  /**
   * As {@link #generate(List, GenerationOptions, StepListener)}, but hands over each field as soon
   * as its batch is done, so that memory does not grow with the number of prompts.
   *
   * @param receiver called with each field, which it must close, and the index of its prompt
   */
  public void generate(
      List<String> prompts,
      GenerationOptions options,
      StepListener listener,
      ObjIntConsumer<ImageField> receiver) {
    model.warn(prompts, options);
    model
        .sampler(options)
        .sample(
            model.textEncoder(),
            prompts,
            options.negativePrompt(),
            memory(),
            listener,
            (latent, prompt) -> receiver.accept(model.field(latent), prompt));
  }

  /**
   * Changes an image by a prompt: noise is added to the image's latent, and the sampling goes on
   * from there (SDEdit). What the mask keeps follows the noised image through the whole sampling
   * and ends at the image's own latent. The field is that of the image's centre square.
   *
   * @throws IllegalStateException if this model is closed
   */
  public ImageField edit(ImageEdit edit, String prompt, GenerationOptions options) {
    List<ImageField> fields = new ArrayList<>();
    edit(edit, List.of(prompt), options, StepListener.NONE, (field, i) -> fields.add(field));
    return fields.get(0);
  }

  /**
   * As {@link #edit(ImageEdit, String, GenerationOptions)}, one field per prompt, all from the same
   * image and noise.
   *
   * @param listener called after each step
   * @param receiver called with each field, which it must close, and the index of its prompt
   */
  public void edit(
      ImageEdit edit,
      List<String> prompts,
      GenerationOptions options,
      StepListener listener,
      ObjIntConsumer<ImageField> receiver) {
    model.warn(prompts, options);
    EditEncoder encoder = new EditEncoder(model.nif(), model.latentSize());
    try (NDManager scope = memory().newSubManager()) {
      model
          .sampler(options)
          .edit(
              encoder.encode(edit, scope),
              model.textEncoder(),
              prompts,
              options.negativePrompt(),
              memory(),
              listener,
              (latent, prompt) -> receiver.accept(model.field(latent), prompt));
    }
  }

  /**
   * Frames between fields. Noise is interpolated on a great circle, prompts linearly in the states
   * of the text encoder. The first and the last frame are the fields of the first and the last
   * keyframe.
   *
   * @param keyframes at least one
   * @param frames number of frames, at least 2; 1 for a single keyframe
   * @param options the seed is not used
   * @param receiver called with each field, which it must close, and its index
   * @throws IllegalStateException if this model is closed
   */
  public void interpolate(
      List<Keyframe> keyframes,
      int frames,
      GenerationOptions options,
      StepListener listener,
      ObjIntConsumer<ImageField> receiver) {
    model.warn(keyframes.stream().map(Keyframe::prompt).toList(), options);
    new Interpolation(keyframes, frames)
        .sample(
            seed -> model.sampler(options.withSeed(seed)),
            model.textEncoder(),
            options.negativePrompt(),
            memory(),
            listener,
            (latent, frame) -> receiver.accept(model.field(latent), frame));
  }

  /**
   * The field of a latent of the denoiser, such as the z_t that a {@link StepListener} receives: a
   * preview of the generation.
   *
   * @param normalized z~, (1, C, R, R), not changed
   */
  public ImageField field(NDArray normalized) {
    return model.field(normalized);
  }

  /** Owns all arrays and fields of this model; for tests. */
  NDManager memory() {
    return model.memory();
  }

  /** Frees the model and the fields that it made. */
  @Override
  public void close() {
    model.close();
  }
}
