package io.rapd.train.data;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * WebDataset shards with random access: tar archives of STEM.webp (png, jpg, jpeg) and STEM.txt,
 * one caption per line, or as {@link SampleFiles} says. Archives are indexed when opened. A key
 * ends at the first dot of the entry's name and counts within its shard; where several shards have
 * a key, SHARD/KEY names the sample, with SHARD the shard's path without extension. Samples are
 * ordered by key, splits by the key without shard.
 */
final class WebDatasetSource extends PairedFiles<TarShard.Entry> {
  /**
   * Indexes shards.
   *
   * @param location of the shards, for messages
   * @param shards see {@link ShardNames}
   * @throws DataException as {@link ImageTextSource#open} does
   */
  WebDatasetSource(String location, List<Path> shards, DataSelection selection) {
    this(location, shards, selection.withKey(KeyRule.FIRST_DOT), new PassedOver());
  }

  /**
   * The first shards of a set, by name, that together hold at least {@code limit} samples of the
   * split.
   */
  static ImageTextSource firstShards(String location, DataSelection selection, int limit) {
    List<Path> shards = ShardNames.of(location, selection.files());
    DataSelection resolved = selection.withKey(KeyRule.FIRST_DOT);
    int count = 0;
    int samples = 0;
    while (count < shards.size() && samples < limit) {
      try (TarShard shard = TarShard.ofFile(shards.get(count++))) {
        samples += (int) samples(shard, resolved);
      }
    }
    String part =
        count == shards.size() ? "" : ", first " + count + " of " + shards.size() + " shards";
    return new WebDatasetSource(location + part, shards.subList(0, count), selection);
  }

  /** One shard; empty where it has no sample of the split. */
  static Optional<ImageTextSource> shard(Path file, DataSelection selection) {
    try (TarShard shard = TarShard.ofFile(file)) {
      if (samples(shard, selection.withKey(KeyRule.FIRST_DOT)) == 0) {
        return Optional.empty();
      }
    }
    return Optional.of(new WebDatasetSource(file.toString(), List.of(file), selection));
  }

  private static long samples(TarShard shard, DataSelection selection) {
    return pairs(shard, selection.files(), new PassedOver())
        .paired(selection.captionsRequired())
        .stream()
        .filter(pair -> selection.split().contains(pair.key()))
        .count();
  }

  private WebDatasetSource(
      String location, List<Path> shards, DataSelection selection, PassedOver passedOver) {
    super(
        "WebDataset " + location,
        location,
        parts(shards.stream().map(TarShard::ofFile).toList(), selection.files(), passedOver),
        selection,
        passedOver,
        TarShard.Entry::bytes,
        TarShard.Entry::label);
  }

  /** The pairs of each shard, under the shard's name without the part that all names share. */
  static List<Part<TarShard.Entry>> parts(
      List<TarShard> shards, SampleFiles names, PassedOver passedOver) {
    int shared = sharedFolder(shards.stream().map(TarShard::name).toList());
    return shards.stream()
        .map(
            shard ->
                new Part<>(stem(shard.name().substring(shared)), pairs(shard, names, passedOver)))
        .toList();
  }

  /** A shard's name without its extension. */
  static String stem(String name) {
    return name.replaceFirst("(?i)\\.(tar|tar\\.gz|tgz)$", "");
  }

  /** Length of the longest folder that all names start with. */
  static int sharedFolder(List<String> names) {
    String shared = names.isEmpty() ? "" : names.get(0);
    for (String name : names) {
      int same = 0;
      while (same < Math.min(shared.length(), name.length())
          && shared.charAt(same) == name.charAt(same)) {
        same++;
      }
      shared = shared.substring(0, same);
    }
    return Math.max(shared.lastIndexOf('/'), shared.lastIndexOf('\\')) + 1;
  }

  /** The samples of one shard. */
  static Pairs<TarShard.Entry> pairs(TarShard shard, SampleFiles names, PassedOver passedOver) {
    Pairs<TarShard.Entry> pairs = new Pairs<>(names, TarShard.Entry::label, passedOver);
    for (Map.Entry<String, TarShard.Entry> entry : shard.entries(passedOver).entrySet()) {
      pairs.add(entry.getKey(), entry.getValue());
    }
    return pairs;
  }
}
