package io.rapd.infer;

import static io.rapd.core.config.Check.check;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.torch.GradMode;
import io.rapd.core.torch.RandomStream;
import io.rapd.dit.DenoiserConfig;
import io.rapd.dit.DenoiserFolder;
import io.rapd.dit.flow.EulerSolver;
import io.rapd.dit.flow.FlowConfig;
import io.rapd.dit.flow.GuidedField;
import io.rapd.dit.flow.Solver;
import io.rapd.dit.flow.Solver.StepListener;
import io.rapd.dit.flow.VelocityField;
import io.rapd.dit.text.TextEncoder;
import io.rapd.nif.NifFolder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Text to image field: noise follows the denoiser's velocity to a latent, which any size is
 * rendered from.
 *
 * <pre>{@code
 * try (TextToImage model = TextToImage.load(Path.of("model"));
 *     ImageField apple = model.generate("red apple", model.defaults().withSeed(1))) {
 *   RgbImage small = apple.renderAtResolution(64, 64);
 *   RgbImage large = apple.renderAtResolution(768, 1024);
 * }
 * }</pre>
 *
 * <p>The same model, prompt and options give the same bits on the same processor with as many
 * threads, whatever was generated before. Safe for use by several threads until it is closed;
 * closing frees the fields that it made.
 */
public final class TextToImage implements AutoCloseable {
  /** Prompts that the denoiser sees at once; bounds the memory of its activations. */
  public static final int PROMPTS_PER_BATCH = 4;

  private final NDManager memory;
  private final NifFolder nif;
  private final DenoiserFolder denoiser;
  private final TextEncoder textEncoder;

  TextToImage(NDManager memory, NifFolder nif, DenoiserFolder denoiser, TextEncoder textEncoder) {
    this.memory = memory;
    this.nif = nif;
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
   * @param folder the model's, or that of the training run that made it
   * @throws IllegalArgumentException naming what is missing, damaged or does not fit together
   */
  public static TextToImage load(Path folder, LoadOptions options) {
    return TextToImageLoader.load(folder, options);
  }

  /** What {@code denoiser/config.json} says. */
  public DenoiserFolder.Description description() {
    return denoiser.description();
  }

  /** Seed 0, the steps and guidance recorded in the model, no negative prompt. */
  public GenerationOptions defaults() {
    return new GenerationOptions(0, description().sampling(), "");
  }

  /**
   * Generates one field.
   *
   * @param prompt any text; what the text encoder has no tokens left for is cut off
   */
  public ImageField generate(String prompt, GenerationOptions options) {
    return generate(List.of(prompt), options, StepListener.NONE).get(0);
  }

  /**
   * Generates one field a prompt. Each is the one that its prompt gives alone, up to the rounding
   * of batched arithmetic; all start from the same noise.
   *
   * @param prompts at least one
   * @param listener called after each step; where prompts do not fit one batch, the steps of all
   *     batches count on, and the latents are those of the current batch
   * @throws IllegalArgumentException where there is no prompt
   * @throws java.util.concurrent.CancellationException where the listener stops it
   * @throws IllegalStateException where this model is closed
   */
  public List<ImageField> generate(
      List<String> prompts, GenerationOptions options, StepListener listener) {
    check(!prompts.isEmpty(), "prompts must hold at least one prompt, got none");
    if (!memory.isOpen()) {
      throw new IllegalStateException("the model is closed");
    }
    int batches = (prompts.size() + PROMPTS_PER_BATCH - 1) / PROMPTS_PER_BATCH;
    List<ImageField> fields = new ArrayList<>();
    try {
      for (int batch = 0; batch < batches; batch++) {
        int from = batch * PROMPTS_PER_BATCH;
        int to = Math.min(from + PROMPTS_PER_BATCH, prompts.size());
        int before = batch * options.sampling().steps();
        int all = batches * options.sampling().steps();
        fields.addAll(
            batch(
                prompts.subList(from, to),
                options,
                (done, steps, latent) -> listener.afterStep(before + done, all, latent)));
      }
    } catch (RuntimeException e) {
      fields.forEach(ImageField::close);
      throw e;
    }
    return fields;
  }

  private List<ImageField> batch(
      List<String> prompts, GenerationOptions options, StepListener listener) {
    try (GradMode off = GradMode.disabled();
        NDManager scope = memory.newSubManager()) {
      FlowConfig flow = description().flow();
      VelocityField velocity =
          new GuidedField(
              denoiser.denoiser()::forward,
              flow.prediction(),
              options.sampling().guidance(),
              encode(prompts, scope), // (B, L, T)
              encode(List.of(options.negativePrompt()), scope)); // (1, L, T)
      NDArray noise = noise(options.seed(), prompts.size(), scope); // (B, C, R, R)
      double[] times = flow.shift().timesteps(options.sampling().steps());
      Solver solver = new EulerSolver();
      NDArray normalized = solver.solve(velocity, noise, times, listener);
      NDArray latents = nif.description().statistics().denormalize(normalized);
      List<ImageField> fields = new ArrayList<>();
      for (NDArray latent : latents.split(prompts.size())) {
        fields.add(new ImageField(nif.field(), latent, memory)); // (1, C, R, R)
      }
      return fields;
    }
  }

  /** Every prompt starts where it would alone. */
  private NDArray noise(long seed, int prompts, NDManager scope) {
    DenoiserConfig config = description().denoiser();
    NDArray one =
        RandomStream.of(seed, "noise", 0)
            .normal(
                scope, new Shape(1, config.channels(), config.latentSize(), config.latentSize()));
    return prompts == 1 ? one : one.repeat(0, prompts);
  }

  /**
   * States (B, L, T). Prompts are encoded one at a time: batches of some encoders differ from
   * single prompts by rounding, and what is remembered must not depend on company.
   */
  private NDArray encode(List<String> prompts, NDManager scope) {
    NDList states = new NDList();
    for (String prompt : prompts) {
      states.add(textEncoder.encode(List.of(prompt), scope).states());
    }
    return states.size() == 1 ? states.get(0) : NDArrays.concat(states);
  }

  /** How many arrays and fields this model holds, for tests. */
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
