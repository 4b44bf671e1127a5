package io.rapd.infer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.rapd.core.torch.GradMode;
import io.rapd.dit.DenoiserFolder;
import io.rapd.dit.flow.LatentSampler;
import io.rapd.dit.text.TextEncoder;
import io.rapd.nif.NeuralImageField;
import io.rapd.nif.NifFolder;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The loaded parts of a text-to-image model.
 *
 * @param memory owns the weights and the fields that the model makes
 * @param nif the field of the latents that the denoiser predicts
 * @param imageField encodes and renders the images of a pixel-space model
 */
record LoadedModel(
    NDManager memory,
    NifFolder nif,
    Optional<NifFolder> imageField,
    DenoiserFolder denoiser,
    TextEncoder textEncoder)
    implements AutoCloseable {
  private static final Logger LOGGER = LoggerFactory.getLogger(TextToImage.class);

  DenoiserFolder.Description description() {
    return denoiser.description();
  }

  int latentSize() {
    return description().denoiser().latentSize();
  }

  List<String> warnings(String prompt, GenerationOptions options) {
    return PromptWarnings.of(textEncoder, prompt, options);
  }

  /**
   * Logs what would be ignored of the prompts.
   *
   * @throws IllegalStateException if the model is closed
   */
  void warn(List<String> prompts, GenerationOptions options) {
    if (!memory.isOpen()) {
      throw new IllegalStateException("the model is closed");
    }
    Stream<String> all = prompts.stream().flatMap(prompt -> warnings(prompt, options).stream());
    all.distinct().forEach(LOGGER::warn);
  }

  LatentSampler sampler(GenerationOptions options) {
    return new LatentSampler(
        denoiser.denoiser()::forward,
        description().denoiser().latentShape(),
        description().flow(),
        options.sampling(),
        options.seed());
  }

  /**
   * The field of a latent of the denoiser.
   *
   * @param normalized z~, (1, C, R, R), not changed
   */
  ImageField field(NDArray normalized) {
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

  @Override
  public void close() {
    memory.close();
    textEncoder.close();
  }
}
