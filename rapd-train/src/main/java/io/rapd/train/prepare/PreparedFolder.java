package io.rapd.train.prepare;

import static io.rapd.core.config.Check.check;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.rapd.core.checkpoint.CheckpointException;
import io.rapd.core.checkpoint.Fingerprint;
import io.rapd.core.config.ConfigFile;
import io.rapd.dit.text.TextEncoder;
import io.rapd.dit.text.TextEncoderConfig;
import io.rapd.nif.teacher.TeacherConfig;
import io.rapd.train.data.ImageTextSource;
import io.rapd.train.data.Sample;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Reads a prepared folder. As a text encoder it serves the prompts that were prepared. */
public final class PreparedFolder implements TextEncoder {
  static final String TEXT = "text";
  static final String STATES = "states";
  static final String FEATURES = "features";

  private final Path path;
  private final PreparedDescription description;
  private final ShardSet text;
  private final ShardSet features;
  private final Map<String, String> changed = new ConcurrentHashMap<>();

  private PreparedFolder(
      Path path, PreparedDescription description, ShardSet text, ShardSet features) {
    this.path = path;
    this.description = description;
    this.text = text;
    this.features = features;
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
    PreparedDescription description = ConfigFile.read(config, PreparedDescription.class, List.of());
    ShardSet text = ShardSet.open(path, TEXT);
    try {
      return new PreparedFolder(path, description, text, ShardSet.open(path, FEATURES));
    } catch (RuntimeException e) {
      text.close();
      throw e;
    }
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
    check(
        source.description().equals(description.data()),
        "%s: holds features of the images of \"%s\", the configuration says \"%s\"",
        path,
        description.data(),
        source.description());
    if (!features.hasMetadata()) {
      System.err.println(
          path
              + ": holds no fingerprints of its images, as an earlier version prepared it; an image"
              + " that has changed since goes unnoticed");
    }
    return true;
  }

  /**
   * Notices that an image is not the one whose features are stored. {@link #features} refuses its
   * key from then on.
   *
   * @param read on any thread
   */
  public void watch(Sample read) {
    String name = ShardSet.name(FEATURES, read.key());
    Optional<String> then = features.metadata(name);
    if (then.isPresent()) {
      String now = Fingerprint.of(read.image());
      if (!now.equals(then.get())) {
        changed.put(
            read.key(),
            read.imageName()
                + " (sha256 "
                + now
                + ") has changed since "
                + features.require(name, read.key()).path()
                + " was prepared from it (sha256 "
                + then.get()
                + "); remove that file and run rapd prepare again");
      }
    }
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
    for (String key : keys) {
      String change = changed.get(key);
      if (change != null) {
        throw new CheckpointException(change);
      }
    }
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
  }
}
