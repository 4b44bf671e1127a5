package io.rapd.train.data;

import io.rapd.train.data.Pairs.Pair;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Samples of a folder or of shards with random access, ordered by key.
 *
 * @param <F> a file: a path or an archive entry
 */
abstract sealed class PairedFiles<F> implements ImageTextSource
    permits FolderSource, WebDatasetSource, EmbeddedSource {
  private final String kind;
  private final Split split;
  private final SampleFiles names;
  private final List<Pair<F>> pairs;
  private final Function<F, byte[]> reader;
  private final Function<F, String> namer;

  /**
   * A folder or shard.
   *
   * @param name qualifies keys that several parts have: they are different samples
   */
  record Part<F>(String name, Pairs<F> pairs) {}

  /**
   * Collects the samples of a split.
   *
   * @param kind kind and name of the set, for logs
   * @param set the set's name in messages
   * @throws DataException if the split is empty, or captions are required and no image has one
   */
  PairedFiles(
      String kind,
      String set,
      List<Part<F>> parts,
      DataSelection selection,
      PassedOver passedOver,
      Function<F, byte[]> reader,
      Function<F, String> namer) {
    this.kind = kind;
    this.split = selection.split();
    this.names = selection.files();
    this.reader = reader;
    this.namer = namer;
    List<List<Pair<F>>> all = new ArrayList<>();
    Map<String, Integer> uses = new HashMap<>();
    for (Part<F> part : parts) {
      List<Pair<F>> pairs = part.pairs().paired(selection.captionsRequired());
      all.add(pairs);
      if (parts.size() > 1) {
        pairs.forEach(pair -> uses.merge(pair.key(), 1, Integer::sum));
      }
    }
    List<Pair<F>> found = new ArrayList<>();
    for (int i = 0; i < all.size(); i++) {
      for (Pair<F> pair : all.get(i)) {
        if (split.contains(pair.key())) {
          boolean shared = uses.getOrDefault(pair.key(), 1) > 1;
          found.add(
              shared
                  ? new Pair<>(parts.get(i).name() + "/" + pair.key(), pair.image(), pair.caption())
                  : pair);
        }
      }
    }
    int images = parts.stream().mapToInt(part -> part.pairs().images()).sum();
    int samples = all.stream().mapToInt(List::size).sum();
    selection.requireSamples(set, images, samples, found.size(), passedOver);
    passedOver.warn(set);
    found.sort(Comparator.comparing(Pair::key));
    this.pairs = List.copyOf(found);
  }

  @Override
  public final int size() {
    return pairs.size();
  }

  @Override
  public final String key(int index) {
    return pairs.get(index).key();
  }

  @Override
  public final Sample read(int index) {
    Pair<F> pair = pairs.get(index);
    return new Sample(pair.key(), reader.apply(pair.image()), namer.apply(pair.image()));
  }

  @Override
  public final List<String> captions(int index) {
    F caption = pairs.get(index).caption();
    return caption == null
        ? List.of()
        : Captions.read(reader.apply(caption), namer.apply(caption), names.captionField());
  }

  @Override
  public final String description() {
    return kind + ", split " + split + ", " + size() + " samples";
  }
}
