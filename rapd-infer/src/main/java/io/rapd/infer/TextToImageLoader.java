package io.rapd.infer;

import static io.rapd.core.config.Check.check;

import ai.djl.ndarray.NDManager;
import io.rapd.core.checkpoint.CheckpointException;
import io.rapd.core.config.ConfigFile;
import io.rapd.dit.DenoiserConfig;
import io.rapd.dit.DenoiserFolder;
import io.rapd.dit.text.CachingTextEncoder;
import io.rapd.dit.text.TextEncoder;
import io.rapd.dit.text.TextEncoderConfig;
import io.rapd.nif.NifFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Loads a text-to-image model; what its parts say of each other is checked before any weights. */
final class TextToImageLoader {
  /** Prompts remembered; at the paper's size 1 MB each. */
  private static final int TEXT_CACHE = 64;

  private TextToImageLoader() {}

  static TextToImage load(Path given, LoadOptions options) {
    Path folder = ModelKind.locate(given);
    ModelKind kind = ModelKind.of(folder);
    if (kind != ModelKind.TEXT_TO_IMAGE) {
      throw new CheckpointException(
          "%s: is %s; expected %s with nif/ and denoiser/"
              .formatted(folder, kind.words(), ModelKind.TEXT_TO_IMAGE.words()));
    }
    Path denoiserFolder = folder.resolve(ModelKind.DENOISER_FOLDER);
    Path nifFolder = folder.resolve(ModelKind.NIF);
    DenoiserFolder.Description description = read(denoiserFolder, DenoiserFolder.Description.class);
    checkChannels(folder, description.denoiser(), read(nifFolder, NifFolder.Description.class));
    TextEncoder textEncoder = openText(denoiserFolder, description, options);
    NDManager memory = NDManager.newBaseManager(options.device(), "PyTorch");
    try {
      checkText(denoiserFolder, description, textEncoder);
      return new TextToImage(
          memory,
          NifFolder.load(nifFolder, options.precision(), memory),
          DenoiserFolder.load(denoiserFolder, options.precision(), memory),
          new CachingTextEncoder(textEncoder, TEXT_CACHE));
    } catch (RuntimeException e) {
      memory.close();
      textEncoder.close();
      throw e;
    }
  }

  private static <T> T read(Path folder, Class<T> type) {
    return ConfigFile.read(folder.resolve("config.json"), type, List.of());
  }

  private static void checkChannels(
      Path folder, DenoiserConfig denoiser, NifFolder.Description nif) {
    int channels = nif.nif().encoder().channels();
    check(
        channels == denoiser.channels(),
        "%s: the denoiser's latents have %d channels, the image field's %d; are they of one"
            + " training?",
        folder,
        denoiser.channels(),
        channels);
    check(
        nif.statistics().mean().size() == channels,
        "%s: nif/config.json has statistics of %d channels for latents of %d",
        folder,
        nif.statistics().mean().size(),
        channels);
  }

  private static TextEncoder openText(
      Path folder, DenoiserFolder.Description description, LoadOptions options) {
    Optional<Path> moved = options.textEncoder();
    TextEncoderConfig config = description.text();
    if (config instanceof TextEncoderConfig.Qwen3 qwen3) {
      Path path = moved.orElse(Path.of(qwen3.path()));
      check(
          moved.isPresent() || Files.isDirectory(path),
          "%s: its text encoder is no longer at %s; name its folder with --text-encoder",
          folder,
          path);
      config = new TextEncoderConfig.Qwen3(path.toString(), qwen3.maxTokens());
    } else {
      check(
          moved.isEmpty(),
          "%s: uses the embedded text encoder; --text-encoder %s is not needed",
          folder,
          moved.map(Path::toString).orElse(""));
    }
    return config.open(options.precision(), options.device());
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
        "%s: the denoiser reads %d text states of width %d, its text encoder gives %d of width %d",
        folder,
        denoiser.textTokens(),
        denoiser.textWidth(),
        encoder.maxTokens(),
        encoder.width());
  }
}
