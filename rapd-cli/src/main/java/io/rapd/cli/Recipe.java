package io.rapd.cli;

import static io.rapd.core.text.Messages.message;

import io.rapd.core.checkpoint.Provenance;
import io.rapd.core.config.ConfigFile;
import io.rapd.core.image.ImageFileException;
import io.rapd.core.image.StoredText;
import io.rapd.dit.flow.SamplingConfig;
import io.rapd.infer.GenerationOptions;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What a generated image was made of; stored in its file.
 *
 * @param prompt what it shows
 * @param negativePrompt what guidance steered away from
 * @param seed of the noise
 * @param sampling steps, guidance, solver, noise and time shift
 * @param height rows
 * @param width columns
 * @param fit how the field filled the image
 * @param model folder of the model
 * @param modelSha256 of the model's weights
 * @param version of this library
 */
record Recipe(
    String prompt,
    String negativePrompt,
    long seed,
    SamplingConfig sampling,
    int height,
    int width,
    Fit fit,
    String model,
    String modelSha256,
    String version) {
  /** The keyword that other generators use too. */
  private static final String PARAMETERS = "parameters";

  private static final String OWN = "rapd";

  static Recipe of(
      String prompt,
      GenerationOptions options,
      ImageSize size,
      Fit fit,
      Path model,
      String digest) {
    return new Recipe(
        prompt,
        options.negativePrompt(),
        options.seed(),
        options.sampling(),
        size.height(),
        size.width(),
        fit,
        model.toString(),
        digest,
        Provenance.of("", 0, 0).library());
  }

  /**
   * The recipe of an image file of this library.
   *
   * @throws IllegalArgumentException where it holds none
   */
  static Recipe read(Path file) {
    String json = StoredText.read(file).get(OWN);
    if (json == null) {
      throw new ImageFileException(
          "%s: expected a PNG file written by rapd generate, found no recipe", file);
    }
    return ConfigFile.parse(file.toString(), json, Recipe.class, List.of());
  }

  ImageSize size() {
    return new ImageSize(height, width);
  }

  /** Texts by keyword: for people and other generators, and for {@code --from}. */
  Map<String, String> texts() {
    Map<String, String> texts = new LinkedHashMap<>();
    texts.put(PARAMETERS, parameters());
    texts.put(OWN, ConfigFile.write(this));
    return texts;
  }

  /** For people and other generators only: what the recipe says does not make an edit again. */
  Map<String, String> textsOfEdit(double strength) {
    return Map.of(PARAMETERS, parameters() + message(", Denoising strength: %s", strength));
  }

  private String parameters() {
    String negative =
        negativePrompt.isEmpty() ? "" : message("Negative prompt: %s\n", negativePrompt);
    return String.format(
        Locale.ROOT,
        "%s\n%sSteps: %d, Sampler: %s, CFG scale: %s, Seed: %d, Size: %dx%d, Model hash: %s,"
            + " Model: %s, Version: %s",
        prompt,
        negative,
        sampling.steps(),
        sampling.solver(),
        sampling.guidance().scale(),
        seed,
        width,
        height,
        modelSha256.substring(0, 10),
        Path.of(model).getFileName(),
        version);
  }
}
