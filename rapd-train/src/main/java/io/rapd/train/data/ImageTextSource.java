package io.rapd.train.data;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Images with captions in a fixed order. Files are read when a sample is asked for; instances may
 * be shared between threads.
 */
public sealed interface ImageTextSource permits PairedFiles {
  /** Location of the embedded set. */
  String EMBEDDED_FLUENT_EMOJI = "embedded:fluent-emoji";

  /** Number of samples, at least 1. */
  int size();

  /**
   * The key of a sample.
   *
   * @throws IndexOutOfBoundsException unless 0 &lt;= index &lt; size
   */
  String key(int index);

  /**
   * Reads a sample's captions alone: the caption, then its alternatives.
   *
   * @throws IndexOutOfBoundsException unless 0 &lt;= index &lt; size
   * @throws DataException where the caption cannot be read, is blank or not UTF-8
   */
  List<String> captions(int index);

  /**
   * Reads a sample.
   *
   * @throws IndexOutOfBoundsException unless 0 &lt;= index &lt; size
   * @throws DataException where a file cannot be read or its caption is blank or not UTF-8
   */
  Sample read(int index);

  /** The set and the number of samples, for logs. */
  String description();

  /**
   * Opens a data set.
   *
   * @param location {@value #EMBEDDED_FLUENT_EMOJI}, a .tar shard, a folder of .tar shards, or a
   *     folder of images with captions beside them
   * @param split the part to read
   * @param captionsRequired whether an image without a caption is an error
   * @throws DataException where there is no such set, the part is empty, a file is damaged, a
   *     caption has no image, or a required caption is missing
   */
  static ImageTextSource open(String location, Split split, boolean captionsRequired) {
    if (location.isBlank()) {
      throw new DataException(
          "expected a data set's folder, .tar file or %s, found a blank location"
              .formatted(EMBEDDED_FLUENT_EMOJI));
    }
    if (location.startsWith("embedded:")) {
      if (!location.equals(EMBEDDED_FLUENT_EMOJI)) {
        throw new DataException(
            "%s: expected the embedded data set %s".formatted(location, EMBEDDED_FLUENT_EMOJI));
      }
      return new EmbeddedSource(split);
    }
    Path path = Path.of(location);
    if (!Files.exists(path)) {
      throw new DataException(
          "%s: expected a folder, a .tar file or %s, found nothing there"
              .formatted(location, EMBEDDED_FLUENT_EMOJI));
    }
    return Files.isRegularFile(path) || WebDatasetSource.hasShards(path)
        ? new WebDatasetSource(path, split, captionsRequired)
        : new FolderSource(path, split, captionsRequired);
  }
}
