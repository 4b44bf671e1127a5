package io.rapd.train.data;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Images with captions, in a fixed order. Files are read on request; instances are thread-safe. */
public sealed interface ImageTextSource permits PairedFiles {
  /** Location of the embedded data set. */
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
   * Reads a sample's captions: the caption, then its alternatives; empty if it has none and none is
   * required.
   *
   * @throws IndexOutOfBoundsException unless 0 &lt;= index &lt; size
   * @throws DataException if the caption cannot be read, is blank or is not UTF-8
   */
  List<String> captions(int index);

  /**
   * Reads a sample's image.
   *
   * @throws IndexOutOfBoundsException unless 0 &lt;= index &lt; size
   * @throws DataException if the file cannot be read
   */
  Sample read(int index);

  /** The set, its split and its size, for logs and provenance. */
  String description();

  /**
   * Opens a data set.
   *
   * @param location {@value #EMBEDDED_FLUENT_EMOJI}, a .tar shard, a folder of .tar shards, or a
   *     folder of images with captions beside them
   * @param split the split to read
   * @param captionsRequired whether an image without a caption is refused
   * @throws DataException if there is no such set, the split is empty, a shard is damaged, a
   *     caption has no image, or a required caption is missing
   */
  static ImageTextSource open(String location, Split split, boolean captionsRequired) {
    if (location.isBlank()) {
      throw new DataException(
          "expected a data set's folder, .tar file or %s, found a blank location",
          EMBEDDED_FLUENT_EMOJI);
    }
    if (location.startsWith("embedded:")) {
      if (!location.equals(EMBEDDED_FLUENT_EMOJI)) {
        throw new DataException(
            "%s: expected the embedded data set %s", location, EMBEDDED_FLUENT_EMOJI);
      }
      return new EmbeddedSource(split);
    }
    Path path = Path.of(location);
    if (!Files.exists(path)) {
      throw new DataException(
          "%s: expected a folder, a .tar file or %s, found nothing there",
          location, EMBEDDED_FLUENT_EMOJI);
    }
    return Files.isRegularFile(path) || WebDatasetSource.hasShards(path)
        ? new WebDatasetSource(path, split, captionsRequired)
        : new FolderSource(path, split, captionsRequired);
  }
}
