package io.rapd.train.prepare;

import static io.rapd.core.config.Check.check;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.rapd.core.checkpoint.CheckpointException;
import io.rapd.core.config.ConfigFile;
import io.rapd.dit.text.TextEncoder;
import io.rapd.dit.text.TextEncoderConfig;
import io.rapd.nif.NifFolder;
import io.rapd.nif.teacher.TeacherConfig;
import io.rapd.train.data.ImageTextSource;
import io.rapd.train.data.ResizeConfig;
import io.rapd.train.data.Sample;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Reads a prepared folder. As a text encoder it serves the prompts that were prepared. */
public final class PreparedFolder implements TextEncoder {
  static final String TEXT = "text";
  static final String STATES = "states";
  static final String FEATURES = "features";
  static final String LATENTS = "latents";

  private final Path path;
  private final PreparedDescription description;
  private final ShardSet text;
  private final ShardSet features;
  private final ShardSet latents;
  private final ImageChanges changes;

  private PreparedFolder(Path path, PreparedDescription description) {
    this.path = path;
    this.description = description;
    text = ShardSet.open(path, TEXT);
    features = ShardSet.open(path, FEATURES);
    latents = ShardSet.open(path, LATENTS);
    changes = new ImageChanges(FEATURES, features);
  }

  /**
   * Opens the folder; {@link #close} closes it.
   *
   * @throws IllegalArgumentException where a file is missing or damaged
   */
  public static PreparedFolder open(Path path) {
    Path config = path.resolve("config.json");
    if (!Files.isRegularFile(config)) {
      throw new CheckpointException(
          path + ": has no config.json; expected a folder of rapd prepare");
    }
    return new PreparedFolder(path, ConfigFile.read(config, PreparedDescription.class, List.of()));
  }

  /**
   * Checks that the folder was prepared with an encoder.
   *
   * @throws IllegalArgumentException naming both encoders
   */
  public void requireText(TextEncoderConfig wanted) {
    check(
        wanted.equals(description.text()),
        "%s: was prepared with text %s, the configuration says %s",
        path,
        description.text(),
        wanted);
  }

  /**
   * Checks that prompts were prepared.
   *
   * @throws CheckpointException naming the first that was not
   */
  public void requirePrompts(List<String> prompts) {
    for (String prompt : prompts) {
      text.require(ShardSet.name(STATES, prompt), prompt);
    }
  }

  /**
   * Whether the folder holds the features of a teacher for a grid.
   *
   * @throws IllegalArgumentException where it holds those of another teacher, grid or data set
   */
  public boolean holdsFeatures(
      ImageTextSource source, TeacherConfig wanted, int imageSize, int gridSize) {
    if (description.teacherWidth() == 0 || wanted instanceof TeacherConfig.None) {
      return false;
    }
    check(
        wanted.equals(description.teacher())
            && imageSize == description.imageSize()
            && gridSize == description.gridSize(),
        "%s: was prepared with teacher %s, images of %d and a grid of %d; the configuration says"
            + " %s, %d and %d",
        path,
        description.teacher(),
        description.imageSize(),
        description.gridSize(),
        wanted,
        imageSize,
        gridSize);
    requireSet(FEATURES, source);
    if (!features.hasMetadata()) {
      System.err.println(
          path
              + ": holds no fingerprints of its images, as an earlier version prepared it; an image"
              + " that has changed since goes unnoticed");
    }
    return true;
  }

  private void requireSet(String what, ImageTextSource source) {
    check(
        source.description().equals(description.data()),
        "%s: holds %s of the images of \"%s\", the configuration says \"%s\"",
        path,
        what,
        description.data(),
        source.description());
  }

  /**
   * Whether the folder holds latents.
   *
   * @param name of the field, for messages
   * @param size of images and latents
   * @throws IllegalArgumentException where it holds those of another field, size, way of resizing
   *     or data set
   */
  public boolean holdsLatents(
      ImageTextSource source, String name, NifFolder field, int size, ResizeConfig resize) {
    if (!description.latents().present()) {
      return false;
    }
    description.latents().require(path, name, FieldDigest.of(field), size, resize);
    requireSet(LATENTS, source);
    return true;
  }

  /**
   * Whether a sample has a latent.
   *
   * @return false where preparing passed it over, as too small
   * @throws CheckpointException where it was not prepared, as a file that could not be read
   */
  public boolean hasLatent(String key) {
    String name = ShardSet.name(LATENTS, key);
    if (latents.holdsEmpty(name)) {
      return false;
    }
    latents.require(name, key);
    return true;
  }

  /**
   * Normalised latents.
   *
   * @param keys of B samples
   * @return z~ (B, C, R, R) float32
   * @throws CheckpointException where one was not prepared
   */
  public NDArray latents(List<String> keys, NDManager manager) {
    return stack(latents, LATENTS, keys, manager);
  }

  /**
   * Notices that an image is not the one whose features are stored. {@link #features} refuses its
   * key from then on.
   *
   * @param read on any thread
   */
  public void watch(Sample read) {
    changes.watch(read);
  }

  /** D of the stored features. */
  public int teacherWidth() {
    return description.teacherWidth();
  }

  /**
   * The teacher's features.
   *
   * @param keys of B samples
   * @return (B, N, D) float32
   * @throws CheckpointException where one was not prepared, or its image has changed since
   */
  public NDArray features(List<String> keys, NDManager manager) {
    keys.forEach(changes::refuse);
    return stack(features, FEATURES, keys, manager);
  }

  private static NDArray stack(
      ShardSet shards, String kind, List<String> texts, NDManager manager) {
    try (NDManager scope = manager.newSubManager()) {
      NDList rows = new NDList();
      for (String of : texts) {
        rows.add(shards.read(ShardSet.name(kind, of), of, scope));
      }
      return scope.ret(NDArrays.stack(rows));
    }
  }

  @Override
  public int width() {
    return description.textWidth();
  }

  @Override
  public int maxTokens() {
    return description.text().maxTokens();
  }

  @Override
  public String provenance() {
    return description.textProvenance();
  }

  /**
   * The states of prepared prompts.
   *
   * @throws CheckpointException where one was not prepared
   */
  @Override
  public NDArray encode(List<String> prompts, NDManager manager) {
    check(!prompts.isEmpty(), "prompts must hold at least one prompt, got none");
    return stack(text, STATES, prompts, manager);
  }

  @Override
  public void close() {
    text.close();
    features.close();
    latents.close();
  }
}
