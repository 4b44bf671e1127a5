package io.rapd.infer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.rapd.core.torch.GradMode;
import io.rapd.dit.DenoiserFolder;
import io.rapd.dit.flow.LatentSampler;
import io.rapd.dit.flow.Solver.StepListener;
import io.rapd.dit.text.TextEncoder;
import io.rapd.nif.NeuralImageField;
import io.rapd.nif.NifFolder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.ObjIntConsumer;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

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
  private static final Logger LOGGER = LoggerFactory.getLogger(TextToImage.class);

  private final NDManager memory;
  private final NifFolder nif;
  private final Optional<NifFolder> imageField;
  private final DenoiserFolder denoiser;
  private final TextEncoder textEncoder;

  /**
   * A model of loaded parts.
   *
   * @param nif the field of the latents that the denoiser predicts
   * @param imageField encodes and renders the images of a pixel-space model
   */
  TextToImage(
      NDManager memory,
      NifFolder nif,
      Optional<NifFolder> imageField,
      DenoiserFolder denoiser,
      TextEncoder textEncoder) {
    this.memory = memory;
    this.nif = nif;
    this.imageField = imageField;
    this.denoiser = denoiser;
    this.textEncoder = textEncoder;
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
    return denoiser.description();
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
    return PromptWarnings.of(textEncoder, prompt, options);
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
    warn(prompts, options);
    sampler(options)
        .sample(
            textEncoder,
            prompts,
            options.negativePrompt(),
            memory,
            listener,
            (latent, prompt) -> receiver.accept(field(latent), prompt));
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
    warn(prompts, options);
    EditEncoder encoder = new EditEncoder(nif, description().denoiser().latentSize());
    try (NDManager scope = memory.newSubManager()) {
      sampler(options)
          .edit(
              encoder.encode(edit, scope),
              textEncoder,
              prompts,
              options.negativePrompt(),
              memory,
              listener,
              (latent, prompt) -> receiver.accept(field(latent), prompt));
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
    warn(keyframes.stream().map(Keyframe::prompt).toList(), options);
    new Interpolation(keyframes, frames)
        .sample(
            seed -> sampler(options.withSeed(seed)),
            textEncoder,
            options.negativePrompt(),
            memory,
            listener,
            (latent, frame) -> receiver.accept(field(latent), frame));
  }

  private void warn(List<String> prompts, GenerationOptions options) {
    if (!memory.isOpen()) {
      throw new IllegalStateException("the model is closed");
    }
    Stream<String> all = prompts.stream().flatMap(prompt -> warnings(prompt, options).stream());
    all.distinct().forEach(LOGGER::warn);
  }

  private LatentSampler sampler(GenerationOptions options) {
    return new LatentSampler(
        denoiser.denoiser()::forward,
        description().denoiser().latentShape(),
        description().flow(),
        options.sampling(),
        options.seed());
  }

  /**
   * The field of a latent of the denoiser, such as the z_t that a {@link StepListener} receives: a
   * preview of the generation.
   *
   * @param normalized z~, (1, C, R, R), not changed
   */
  public ImageField field(NDArray normalized) {
    try (GradMode off = GradMode.disabled()) {
      NDArray latent = nif.description().statistics().denormalize(normalized); // (1, C, R, R)
      if (imageField.isEmpty()) {
        return new ImageField(nif.field(), latent, memory);
      }
      NeuralImageField other = imageField.get().field();
      NDArray image = latent.clip(-1, 1); // (1, 3, R, R); encoders never saw overshoot
      return new ImageField(other, other.encode(image), memory);
    }
  }

  /** Owns all arrays and fields of this model; for tests. */
  NDManager memory() {
    return memory;
  }

  /** Frees the model and the fields that it made. */
  @Override
  public void close() {
    memory.close();
    textEncoder.close();
  }
}
