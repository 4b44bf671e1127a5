package io.rapd.train.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * WebDataset shards: tar archives of STEM.webp (png, jpg, jpeg) and STEM.txt, one caption per line;
 * other extensions and hidden entries are ignored. Archives are indexed when opened, then read with
 * random access. Keys are entry names without leading {@code ./} and extension, in order of their
 * UTF-16 code units.
 */
public final class WebDatasetSource extends PairedFiles<TarShard.Entry> {
  private static final String EXTENSION = ".tar";

  /**
   * Indexes a shard, or the .tar files directly in a folder.
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
          .filter(file -> file.toString().endsWith(EXTENSION) && Files.isRegularFile(file))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw DataException.unreadable(location.toString(), e);
    }
  }
}
