package io.rapd.view;

import static io.rapd.core.config.Check.check;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.rapd.core.checkpoint.TrainedModel;
import io.rapd.core.image.RgbImage;
import io.rapd.dit.flow.Solver.StepListener;
import io.rapd.infer.GenerationOptions;
import io.rapd.infer.ImageField;
import io.rapd.infer.ImageToField;
import io.rapd.infer.LoadOptions;
import io.rapd.infer.TextToImage;
import io.rapd.nif.render.ClifConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The model that the page shows: an image field, and text to image where the model has it. */
final class LoadedModel implements AutoCloseable {
  private static final Logger LOGGER = LoggerFactory.getLogger(LoadedModel.class);

  /** As deep as a browser can zoom. */
  private static final long ANY_SIDE = Long.MAX_VALUE >> 20;

  /** A renderer that normalises over the whole image has to compute all of it for each tile. */
  private static final long NORMALISED_SIDE = 1024;

  /**
   * What the page has to know.
   *
   * @param name of the folder
   * @param steps default of the model; null without text to image, as is {@code guidance}
   * @param noText why there is no text to image; null if there is
   * @param trainedScale pixels per latent cell up to which the field was trained; null if unknown
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Description(
      String name,
      @Nullable Integer steps,
      @Nullable Double guidance,
      @Nullable String noText,
      @Nullable Double trainedScale) {}

  private final String name;
  private final @Nullable TextToImage text;
  private final ImageToField image;
  private final @Nullable String noText;
  private final OptionalDouble trainedScale;

  private LoadedModel(
      String name,
      @Nullable TextToImage text,
      ImageToField image,
      @Nullable String noText,
      OptionalDouble trainedScale) {
    this.name = name;
    this.text = text;
    this.image = image;
    this.noText = noText;
    this.trainedScale = trainedScale;
  }

  /**
   * Loads a model. If its text encoder is missing, its field still loads, and the page says why
   * there are no prompts.
   *
   * @throws IllegalArgumentException if there is no image field, or it is damaged
   */
  static LoadedModel load(Path folder, LoadOptions options) {
    TrainedModel model = TrainedModel.open(folder);
    TextToImage text = null;
    String noText = "this model is an image field alone";
    if (model.kind() == TrainedModel.Kind.TEXT_TO_IMAGE) {
      check(
          TextToImage.fixedSize(folder, options).isEmpty(),
          "%s: is a pixel-space model, whose images have one size; name a model of stage 1 with"
              + " --field to zoom",
          folder);
      try {
        text = TextToImage.load(folder, options);
        noText = null;
      } catch (IllegalArgumentException e) {
        noText = String.valueOf(e.getMessage());
        LOGGER.warn("no prompts, images only: {}", noText);
      }
    }
    Path field = options.field().orElse(folder);
    try {
      Path file = folder.toAbsolutePath().normalize().getFileName();
      ImageToField image = ImageToField.load(field, options);
      return new LoadedModel(
          file == null ? "model" : file.toString(),
          text,
          image,
          noText,
          TrainedScale.of(image.description(), field));
    } catch (RuntimeException e) {
      if (text != null) {
        text.close();
      }
      throw e;
    }
  }

  Description description() {
    Optional<GenerationOptions> defaults = Optional.ofNullable(text).map(TextToImage::defaults);
    return new Description(
        name,
        defaults.map(options -> options.sampling().steps()).orElse(null),
        defaults.map(options -> options.sampling().guidance().scale()).orElse(null),
        noText,
        trainedScale.isPresent() ? trainedScale.getAsDouble() : null);
  }

  /** The longest side of a rendering, in pixels. */
  long maxSide() {
    return image.description().nif().renderer() instanceof ClifConfig clif && clif.normalize()
        ? NORMALISED_SIDE
        : ANY_SIDE;
  }

  private TextToImage text() {
    if (text == null) {
      throw new Refusal(409, "no prompts: %s", noText);
    }
    return text;
  }

  /**
   * What the model would ignore of a prompt.
   *
   * @throws Refusal with 409 without text to image
   */
  List<String> warnings(GenerationRequest request) {
    return text().warnings(request.prompt(), options(request));
  }

  /**
   * Generates a field.
   *
   * @throws Refusal with 409 without text to image
   * @throws java.util.concurrent.CancellationException if the listener stops it
   */
  ImageField generate(GenerationRequest request, StepListener listener) {
    return text().generate(List.of(request.prompt()), options(request), listener).get(0);
  }

  private GenerationOptions options(GenerationRequest request) {
    return text()
        .defaults()
        .withSeed(request.seed())
        .withSteps(request.steps())
        .withGuidance(request.guidance())
        .withNegativePrompt(request.negativePrompt());
  }

  /** The field of a latent that a listener of {@link #generate} receives. */
  ImageField unfinished(NDArray latent) {
    return text().field(latent);
  }

  /** Encodes an image. */
  ImageField encode(RgbImage pixels) {
    return image.encode(pixels);
  }

  @Override
  public void close() {
    if (text != null) {
      text.close();
    }
    image.close();
  }
}
