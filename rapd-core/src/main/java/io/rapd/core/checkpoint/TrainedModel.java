package io.rapd.core.checkpoint;

import static io.rapd.core.config.Check.check;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.databind.JsonNode;
import io.rapd.core.config.ConfigFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The folder of a trained model. This class alone knows the layout:
 *
 * <pre>
 * MODEL/config.json    {"pipeline": "text-to-image"}
 * MODEL/nif/           the image field: config.json and model.safetensors
 * MODEL/denoiser/      the denoiser: config.json and model.safetensors
 * RUN/model/           the model of a finished training run
 * </pre>
 *
 * <p>A stage-1 model is what {@code nif/} holds.
 *
 * @param folder MODEL, never RUN
 * @param kind what it holds
 */
public record TrainedModel(Path folder, Kind kind) {
  private static final String NIF = "nif";
  private static final String DENOISER = "denoiser";
  private static final String RUN_MODEL = "model";
  private static final String RUN_CHECKPOINTS = "checkpoints";

  /** What a model folder holds. */
  public enum Kind {
    /** An image field and the denoiser of its latents. */
    TEXT_TO_IMAGE("a text-to-image model"),
    /** An image field alone. */
    FIELD("a stage-1 model (an image field alone)"),
    /** A denoiser alone. */
    DENOISER("a denoiser without its image field");

    private final String words;

    Kind(String words) {
      this.words = words;
    }
  }

  /**
   * One network of a model.
   *
   * @param config the record written as {@code config.json}
   * @param weights written as {@code model.safetensors}
   */
  public record Part(Object config, SafetensorsOutput weights) {
    /** A part with weights in memory, float32 tensors by name. */
    public Part(Object config, Map<String, NDArray> values) {
      this(config, SafetensorsOutput.of(values));
    }
  }

  /** The {@code config.json} of a text-to-image model. */
  private record Pipeline(String pipeline) {}

  /**
   * Finds out what a folder holds, without reading weights.
   *
   * @param given the model's folder, or that of its training run
   * @throws CheckpointException if there is no folder, or it holds no model
   */
  public static TrainedModel open(Path given) {
    Path finished = ofRun(given);
    AtomicFolder.recover(finished);
    Path folder = Files.isDirectory(finished) ? finished : given;
    AtomicFolder.recover(folder);
    if (!Files.isDirectory(folder)) {
      throw new CheckpointException(folder + ": no such folder; expected a model folder");
    }
    return new TrainedModel(folder, kindOf(folder));
  }

  private static Kind kindOf(Path folder) {
    boolean nif = Files.isDirectory(folder.resolve(NIF));
    boolean denoiser = Files.isDirectory(folder.resolve(DENOISER));
    if (nif && denoiser) {
      return Kind.TEXT_TO_IMAGE;
    }
    if (nif || denoiser) {
      throw new CheckpointException(
          "%s: has %s/ but no %s/; expected a text-to-image model with both",
          folder, nif ? NIF : DENOISER, nif ? DENOISER : NIF);
    }
    if (Files.isDirectory(folder.resolve(RUN_CHECKPOINTS))) {
      throw new CheckpointException(
          folder + ": is a training run that has not finished; it has no model/ yet");
    }
    Path config = folder.resolve("config.json");
    if (Files.isRegularFile(config)) {
      JsonNode fields = ConfigFile.readTree(config);
      if (fields.has(DENOISER)) {
        return Kind.DENOISER;
      }
      if (fields.has(NIF)) {
        return Kind.FIELD;
      }
    }
    throw new CheckpointException(
        folder
            + ": is no model folder; expected nif/ and denoiser/, or the config.json of an image"
            + " field");
  }

  /** Where a training run keeps its finished model. */
  public static Path ofRun(Path run) {
    return run.resolve(RUN_MODEL);
  }

  /**
   * The folder of the image field.
   *
   * @throws CheckpointException if this is a denoiser alone
   */
  public Path nif() {
    if (kind == Kind.DENOISER) {
      throw new CheckpointException(
          "%s: is %s; expected %s or %s",
          folder, kind.words, Kind.FIELD.words, Kind.TEXT_TO_IMAGE.words);
    }
    return kind == Kind.FIELD ? folder : folder.resolve(NIF);
  }

  /**
   * The folder of the denoiser.
   *
   * @throws CheckpointException unless this is a text-to-image model
   */
  public Path denoiser() {
    if (kind != Kind.TEXT_TO_IMAGE) {
      throw new CheckpointException(
          "%s: is %s; expected %s with nif/ and denoiser/",
          folder, kind.words, Kind.TEXT_TO_IMAGE.words);
    }
    return folder.resolve(DENOISER);
  }

  /** As {@link #denoiser}, also of a denoiser alone. */
  public Path anyDenoiser() {
    return kind == Kind.DENOISER ? folder : denoiser();
  }

  /**
   * The SHA-256 over the bytes of all weight files, in the order of their paths: two models of the
   * same digest compute the same. Reads every byte.
   *
   * @return 64 hexadecimal digits
   * @throws CheckpointException where a file cannot be read
   */
  public String weightsSha256() {
    try (Stream<Path> paths = Files.walk(folder)) {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      for (Path file : paths.filter(TrainedModel::holdsWeights).sorted().toList()) {
        try (InputStream in = new DigestInputStream(Files.newInputStream(file), sha256)) {
          in.transferTo(OutputStream.nullOutputStream());
        }
      }
      return HexFormat.of().formatHex(sha256.digest());
    } catch (IOException e) {
      throw new CheckpointException(folder + ": cannot be read: " + AtomicFile.describe(e), e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every JDK has it
    }
  }

  private static boolean holdsWeights(Path file) {
    return file.toString().endsWith(".safetensors");
  }

  /**
   * Checks that a denoiser and an image field belong together.
   *
   * @param channels of the latents that the denoiser predicts
   * @param nif the folder of the image field
   * @param nifChannels of the latents that the image field renders
   * @throws IllegalArgumentException naming both numbers if they differ
   */
  public static void requireSameChannels(int channels, Object nif, int nifChannels) {
    check(
        channels == nifChannels,
        "denoiser.channels (%d) must be the channels of the field %s, %d",
        channels,
        nif,
        nifChannels);
  }

  /** Writes a stage-1 model beside its place and renames it there. */
  public static void write(Path folder, Part nif) {
    AtomicFolder.write(folder, place -> ModelFolder.fill(place, nif.config, nif.weights));
  }

  /** Writes a text-to-image model beside its place and renames it there. */
  public static void write(Path folder, Part nif, Part denoiser) {
    AtomicFolder.write(
        folder,
        place -> {
          Files.writeString(
              place.resolve("config.json"), ConfigFile.write(new Pipeline("text-to-image")));
          fill(place.resolve(NIF), nif);
          fill(place.resolve(DENOISER), denoiser);
        });
  }

  private static void fill(Path folder, Part part) throws IOException {
    ModelFolder.fill(Files.createDirectory(folder), part.config, part.weights);
  }
}
