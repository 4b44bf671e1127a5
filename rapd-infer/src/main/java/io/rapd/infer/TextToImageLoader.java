package io.rapd.infer;

import static io.rapd.core.config.Check.check;

import ai.djl.ndarray.NDManager;
import io.rapd.core.checkpoint.TrainedModel;
import io.rapd.core.torch.NativeRuntime;
import io.rapd.dit.DenoiserConfig;
import io.rapd.dit.DenoiserFolder;
import io.rapd.dit.text.CachingTextEncoder;
import io.rapd.dit.text.TextEncoder;
import io.rapd.dit.text.TextEncoderConfig;
import io.rapd.nif.NifConfig;
import io.rapd.nif.NifFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;

/** Loads a text-to-image model; checks that its parts fit together before it reads weights. */
final class TextToImageLoader {
  /** Number of prompts cached; 1 MB per prompt at the paper's size. */
  private static final int TEXT_CACHE = 64;

  private TextToImageLoader() {}

  static TextToImage load(Path given, LoadOptions options) {
    TrainedModel model = TrainedModel.open(given);
    Path folder = model.denoiser();
    DenoiserFolder.Description description = DenoiserFolder.describe(folder);
    NifConfig nif = NifFolder.describe(model.nif()).nif();
    TrainedModel.requireSameChannels(
        description.denoiser().channels(), model.nif(), nif.encoder().channels());
    Optional<Path> imageField = imageField(model, nif, options);
    TextEncoder textEncoder = openText(folder, description.text(), options);
    NDManager memory = NativeRuntime.newManager(options.device());
    try {
      checkText(folder, description, textEncoder);
      return new TextToImage(
          new LoadedModel(
              memory,
              NifFolder.load(model.nif(), options.precision(), memory),
              imageField.map(path -> NifFolder.load(path, options.precision(), memory)),
              DenoiserFolder.load(folder, options.precision(), options.weights(), memory),
              new CachingTextEncoder(textEncoder, TEXT_CACHE)));
    } catch (RuntimeException e) {
      memory.close();
      textEncoder.close();
      throw e;
    }
  }

  static OptionalInt fixedSize(Path given, LoadOptions options) {
    TrainedModel model = TrainedModel.open(given);
    int side = DenoiserFolder.describe(model.denoiser()).denoiser().latentSize();
    NifConfig nif = NifFolder.describe(model.nif()).nif();
    return nif.pixelSpace() && options.field().isEmpty()
        ? OptionalInt.of(side)
        : OptionalInt.empty();
  }

  /** The folder of the field that renders a pixel-space model's images, if one is asked for. */
  private static Optional<Path> imageField(TrainedModel model, NifConfig own, LoadOptions options) {
    if (options.field().isEmpty()) {
      return Optional.empty();
    }
    Path given = options.field().get();
    check(
        own.pixelSpace(),
        "%s: renders with its own image field; %s is only for pixel-space models",
        model.folder(),
        given);
    Path folder = TrainedModel.open(given).nif();
    check(
        !NifFolder.describe(folder).nif().pixelSpace(),
        "%s: is pixel space itself; expected a stage-1 model with encoder and renderer",
        folder);
    return Optional.of(folder);
  }

  private static TextEncoder openText(Path folder, TextEncoderConfig config, LoadOptions options) {
    Optional<Path> moved = options.textEncoder();
    if (config instanceof TextEncoderConfig.Qwen3 qwen3) {
      Path path = moved.orElse(Path.of(qwen3.path()));
      check(
          moved.isPresent() || Files.isDirectory(path),
          "%s: its text encoder is no longer at %s; name its folder with --text-encoder",
          folder,
          path);
      return new TextEncoderConfig.Qwen3(path.toString(), qwen3.maxTokens())
          .open(options.precision(), options.weights(), options.device());
    }
    check(
        moved.isEmpty(),
        "%s: uses the embedded text encoder; --text-encoder %s is not needed",
        folder,
        moved.map(Path::toString).orElse(""));
    return config.open(options.precision(), options.weights(), options.device());
  }

  private static void checkText(
      Path folder, DenoiserFolder.Description description, TextEncoder encoder) {
    check(
        encoder.provenance().equals(description.textProvenance()),
        "%s: was trained with the text encoder \"%s\", got \"%s\"",
        folder,
        description.textProvenance(),
        encoder.provenance());
    DenoiserConfig denoiser = description.denoiser();
    check(
        encoder.width() == denoiser.textWidth() && encoder.maxTokens() == denoiser.textTokens(),
        "%s: the denoiser expects %d text states of width %d, its text encoder has %d of width %d",
        folder,
        denoiser.textTokens(),
        denoiser.textWidth(),
        encoder.maxTokens(),
        encoder.width());
  }
}
