package io.rapd.train.data;

import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The samples of one folder or shard: image and caption files paired by key, ordered by key. Keys
 * that differ only in Unicode normalisation (NFC, NFD) are the same.
 *
 * @param <F> a file: a path or an archive entry
 */
final class Pairs<F> {
  static final String NO_CAPTION = "images without a caption";

  /** One sample's files. */
  record Pair<F>(String key, F image, @Nullable F caption) {}

  private record Named<F>(String key, F file, int rank) {}

  private final Map<String, Named<F>> images = new TreeMap<>();
  private final Map<String, Named<F>> captions = new TreeMap<>();
  private final SampleFiles names;
  private final Function<F, String> namer;
  private final PassedOver passedOver;

  /**
   * No samples yet.
   *
   * @param names with the key rule resolved
   * @param namer a file's name in messages
   * @param passedOver counts the files that are not used
   */
  Pairs(SampleFiles names, Function<F, String> namer, PassedOver passedOver) {
    this.names = names;
    this.namer = namer;
    this.passedOver = passedOver;
  }

  /**
   * Adds a file.
   *
   * @param path within the set, with / between folders
   * @throws DataException where its key has an image, or a caption of the same extension, already
   */
  void add(String path, F file) {
    SampleFiles.Name name = names.split(path).orElse(null);
    if (name == null) {
      return; // hidden, or without an extension
    }
    if (SampleFiles.match(names.image(), name.extension()) >= 0) {
      if (!names.image().contains(name.extension())) {
        passedOver.addShortKey(namer.apply(file));
      }
      Named<F> other = images.put(normal(name.key()), new Named<>(name.key(), file, 0));
      if (other != null) {
        throw new DataException(
            namer.apply(file)
                + ": expected one image of this name, found also "
                + namer.apply(other.file())
                + "; data.files.image chooses one");
      }
      return;
    }
    int rank = SampleFiles.match(names.caption(), name.extension());
    if (rank < 0) {
      passedOver.addExtension(name.extension(), namer.apply(file));
      return;
    }
    Named<F> caption = new Named<>(name.key(), file, rank);
    Named<F> other = captions.get(normal(name.key()));
    if (other != null && other.rank() == rank) {
      throw new DataException(
          namer.apply(file)
              + ": expected one caption of this name, found also "
              + namer.apply(other.file())
              + "; data.files.caption chooses one");
    }
    if (other == null || rank < other.rank()) {
      captions.put(normal(name.key()), caption);
    }
  }

  /** Drops the samples whose key is not wanted. */
  void retain(Predicate<String> wanted) {
    images.values().removeIf(image -> !wanted.test(image.key()));
    captions.values().removeIf(caption -> !wanted.test(caption.key()));
  }

  private static String normal(String key) {
    return Normalizer.normalize(key, Normalizer.Form.NFC);
  }

  /**
   * The samples, ordered by key.
   *
   * @param captionsRequired whether images without a caption are passed over
   */
  List<Pair<F>> paired(boolean captionsRequired) {
    captions.forEach(
        (key, caption) -> {
          if (!images.containsKey(key)) {
            passedOver.add("captions without an image", namer.apply(caption.file()));
          }
        });
    List<Pair<F>> pairs = new ArrayList<>();
    images.forEach(
        (key, image) -> {
          Named<F> caption = captions.get(key);
          if (caption == null && captionsRequired) {
            passedOver.add(NO_CAPTION, namer.apply(image.file()));
          } else {
            pairs.add(
                new Pair<>(image.key(), image.file(), caption == null ? null : caption.file()));
          }
        });
    return pairs;
  }

  /** Number of images, with or without captions. */
  int images() {
    return images.size();
  }
}
