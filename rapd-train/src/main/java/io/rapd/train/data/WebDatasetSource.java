package io.rapd.train.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * WebDataset shards: tar archives that hold STEM.webp (png, jpg, jpeg) and STEM.txt, one caption a
 * line; entries of other endings, and hidden ones as in {@link FolderSource}, are passed over. The
 * archives are indexed once and then read at random. Keys are entry names without {@code ./} and
 * ending, in the order of their characters.
 */
public final class WebDatasetSource extends PairedFiles<TarShard.Entry> {
  private static final String ENDING = ".tar";

  /**
   * Indexes a shard, or the .tar files right in a folder.
   *
   * @throws DataException as {@link ImageTextSource#open} does
   */
  public WebDatasetSource(Path location, Split split, boolean captionsRequired) {
    super(
        "WebDataset " + location,
        location.toString(),
        TarShard.entries(shards(location).stream().map(TarShard::ofFile).toList()),
        split,
        captionsRequired,
        TarShard.Entry::bytes,
        TarShard.Entry::label);
  }

  static boolean hasShards(Path folder) {
    return Files.isDirectory(folder) && !shards(folder).isEmpty();
  }

  private static List<Path> shards(Path location) {
    if (!Files.isDirectory(location)) {
      return List.of(location);
    }
    try (Stream<Path> files = Files.list(location)) {
      return files
          .filter(file -> file.toString().endsWith(ENDING) && Files.isRegularFile(file))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw DataException.unreadable(location.toString(), e);
    }
  }
}
