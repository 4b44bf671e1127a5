package io.rapd.train.data;

import io.rapd.train.data.Pairs.Pair;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** The shards of a streamed set. Holds their names; a shard is indexed when a stream reaches it. */
final class ShardSet {
  private static final int MOST_WARNINGS = 10;

  private final String location;
  private final List<Path> shards;
  private final int shared;
  private final DataSelection selection;
  private final UnusableSamples unusable;
  private final AtomicInteger warnings = new AtomicInteger();

  /**
   * Finds the shards of a location; opens none.
   *
   * @throws DataException where there are none
   */
  ShardSet(String location, DataSelection selection, UnusableSamples unusable) {
    this.location = location;
    this.shards = ShardNames.of(location, selection.files());
    this.shared = WebDatasetSource.sharedFolder(shards.stream().map(Path::toString).toList());
    this.selection = selection.withKey(KeyRule.FIRST_DOT);
    this.unusable = unusable;
    if (shards.isEmpty()) {
      throw new DataException(
          location
              + ": expected shards to stream, found a folder without any; data.stream.streams 0"
              + " reads a folder of images");
    }
  }

  int size() {
    return shards.size();
  }

  /** Identifies the set by the shards' names, wherever its folder lies. */
  String fingerprint() {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (Path shard : shards) {
        digest.update((name(shard.toString()) + "\n").getBytes(StandardCharsets.UTF_8));
      }
      return shards.size()
          + " shards "
          + HexFormat.of().formatHex(digest.digest()).substring(0, 16);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java runtime has SHA-256", e);
    }
  }

  String location() {
    return location;
  }

  private String name(String shard) {
    return shard.substring(shared).replace('\\', '/');
  }

  /**
   * The samples of a shard that belong to the split, ordered by key. A shard that cannot be read
   * goes to {@link UnusableSamples} and counts as empty.
   */
  List<Pair<TarShard.Entry>> open(int shard) {
    String file = shards.get(shard).toString();
    try {
      TarShard tar = TarShard.ofFile(shards.get(shard));
      if (tar.unpacked()) {
        tar.close();
        throw new DataException(
            file
                + ": expected an uncompressed .tar to stream, found .tar.gz; unpack it with gunzip");
      }
      PassedOver passedOver = new PassedOver();
      List<Pair<TarShard.Entry>> pairs =
          WebDatasetSource.pairs(tar, selection.files(), passedOver)
              .paired(selection.captionsRequired())
              .stream()
              .filter(pair -> selection.split().contains(pair.key()))
              .toList();
      if (passedOver.any() && warnings.getAndIncrement() < MOST_WARNINGS) {
        passedOver.warn(file);
      }
      return pairs;
    } catch (DataException e) {
      unusable.report(file, e);
      return List.of();
    }
  }

  /** Reads a sample's image; the key starts with the shard's name. */
  Sample read(Pair<TarShard.Entry> pair) {
    String shard = WebDatasetSource.stem(name(pair.image().shard().name()));
    return new Sample(shard + "/" + pair.key(), pair.image().bytes(), pair.image().label());
  }

  /** Reads a sample's captions; empty where it has none. */
  List<String> captions(Pair<TarShard.Entry> pair) {
    TarShard.Entry caption = pair.caption();
    return caption == null
        ? List.of()
        : Captions.read(caption.bytes(), caption.label(), selection.files().captionField());
  }
}
