package io.rapd.infer;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.rapd.core.checkpoint.AtomicFolder;
import io.rapd.core.checkpoint.CheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What a folder holds, found out without reading weights. */
enum ModelKind {
  /** {@code nif/} and {@code denoiser/}. */
  TEXT_TO_IMAGE("a text-to-image model"),
  /** {@link io.rapd.nif.NifFolder}. */
  FIELD("a stage-1 model (an image field alone)"),
  /** {@link io.rapd.dit.DenoiserFolder}. */
  DENOISER("a denoiser without its image field");

  static final String NIF = "nif";
  static final String DENOISER_FOLDER = "denoiser";
  private static final String RUN_MODEL = "model";
  private static final String RUN_CHECKPOINTS = "checkpoints";

  private final String words;

  ModelKind(String words) {
    this.words = words;
  }

  /** What it is, for messages. */
  String words() {
    return words;
  }

  /** The model folder that is meant: a training run's folder stands for its finished model. */
  static Path locate(Path folder) {
    Path model = folder.resolve(RUN_MODEL);
    AtomicFolder.recover(model);
    return Files.isDirectory(model) ? model : folder;
  }

  /**
   * The kind of a folder.
   *
   * @throws CheckpointException where it is missing or no model
   */
  static ModelKind of(Path folder) {
    AtomicFolder.recover(folder);
    if (!Files.isDirectory(folder)) {
      throw new CheckpointException(folder + ": no such folder; expected a model folder");
    }
    boolean nif = Files.isDirectory(folder.resolve(NIF));
    boolean denoiser = Files.isDirectory(folder.resolve(DENOISER_FOLDER));
    if (nif && denoiser) {
      return TEXT_TO_IMAGE;
    }
    if (nif || denoiser) {
      throw new CheckpointException(
          "%s: has %s/ but no %s/; expected a text-to-image model with both"
              .formatted(folder, nif ? NIF : DENOISER_FOLDER, nif ? DENOISER_FOLDER : NIF));
    }
    if (Files.isDirectory(folder.resolve(RUN_CHECKPOINTS))) {
      throw new CheckpointException(
          folder + ": is a training run that has not finished; it holds no model/ yet");
    }
    JsonNode config = config(folder.resolve("config.json"));
    if (config.has(DENOISER_FOLDER)) {
      return DENOISER;
    }
    if (config.has(NIF)) {
      return FIELD;
    }
    throw new CheckpointException(
        folder
            + ": is no model folder: it has neither nif/ and denoiser/ nor a config.json of an"
            + " image field");
  }

  private static JsonNode config(Path file) {
    ObjectMapper json = new ObjectMapper();
    if (!Files.isRegularFile(file)) {
      return json.createObjectNode();
    }
    try {
      return json.readTree(Files.readString(file));
    } catch (JsonProcessingException e) {
      throw new CheckpointException(file + ": is not JSON: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new CheckpointException(file + ": cannot be read: " + e, e);
    }
  }
}
