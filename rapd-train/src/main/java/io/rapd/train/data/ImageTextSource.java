package io.rapd.train.data;

import java.nio.file.Path;
import java.util.List;

/** Images with captions, in a fixed order. Files are read on request; instances are thread-safe. */
public sealed interface ImageTextSource permits PairedFiles, WatchedSource {
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
   * @param location {@value #EMBEDDED_FLUENT_EMOJI}, alone or with /GROUP for one of its groups,
   *     such as {@code embedded:fluent-emoji/food-drink}; a .tar, .tar.gz or .tgz shard; a folder
   *     of shards, in subfolders too; a pattern of shards such as {@code data/{000..127}.tar}; or a
   *     folder of images with captions beside them
   * @throws DataException if there is no such set, the split is empty, a shard is damaged, two
   *     images have one key, or captions are required and no image has one
   */
  static ImageTextSource open(String location, DataSelection selection) {
    if (location.isBlank()) {
      throw new DataException(
          "expected a data set's folder, .tar file or "
              + EMBEDDED_FLUENT_EMOJI
              + ", found a blank location");
    }
    if (location.startsWith("embedded:")) {
      return EmbeddedSource.open(location, selection.split());
    }
    List<Path> shards = ShardNames.of(location, selection.files());
    return shards.isEmpty()
        ? new FolderSource(Path.of(location), selection)
        : new WebDatasetSource(location, shards, selection);
  }

  /** Opens a data set of the usual files. */
  static ImageTextSource open(String location, Split split, boolean captionsRequired) {
    return open(location, DataSelection.of(split, captionsRequired));
  }
}
