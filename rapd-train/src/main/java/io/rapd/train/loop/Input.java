package io.rapd.train.loop;

import io.rapd.core.checkpoint.Fingerprint;
import io.rapd.train.data.DataConfig;
import io.rapd.train.data.ImageTextSource;
import io.rapd.train.data.SetIdentity;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Something that a stage learns from, as each checkpoint records it: a run must not go on with
 * another one.
 *
 * @param source the file or folder that it was read from
 * @param identity equal for equal content, such as a SHA-256
 */
public record Input(String source, String identity) {
  /** The training split of the data set. */
  public static final String DATA = "data";

  /** The image field of stage 2. */
  public static final String FIELD = "field";

  /** The text encoder of stage 2. */
  public static final String TEXT_ENCODER = "text encoder";

  /** The teacher of either stage. */
  public static final String TEACHER = "teacher";

  /** The network of the perceptual loss. */
  public static final String LPIPS = "lpips";

  /**
   * A training split with random access; a streamed set is known by its position in checkpoints,
   * which holds the names of its shards.
   */
  public static Optional<Input> ofData(DataConfig data, ImageTextSource source) {
    return data.stream().streams() > 0
        ? Optional.empty()
        : Optional.of(new Input(data.location(), SetIdentity.of(source)));
  }

  /** Published weights, known by the content of their files. */
  public static Input weights(Path path) {
    return new Input(path.toString(), "sha256 " + Fingerprint.ofWeights(path));
  }
}
