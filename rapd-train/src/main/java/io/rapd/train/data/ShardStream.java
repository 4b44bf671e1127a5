package io.rapd.train.data;

import io.rapd.core.torch.RandomStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One stream's share of a set of shards, endless. In each epoch all shards are shuffled and dealt
 * to the streams in turn, so that every sample is seen once per epoch; a stream draws at random
 * from a buffer that it fills in order of its shards. A set of fewer shards than streams is dealt
 * in parts of shards. Not thread-safe.
 *
 * @param <T> a sample
 */
final class ShardStream<T> {
  /** Epochs without a sample for this stream before it is called empty. */
  private static final int MOST_EMPTY_EPOCHS = 100;

  /**
   * Where a stream stands: enough to draw the epoch's order again without reading a sample.
   *
   * @param epoch from 0
   * @param drawn samples of this epoch so far
   * @param counts samples of the shards (or parts) opened in this epoch, in order
   */
  record State(long epoch, long drawn, List<Integer> counts) {
    static final State START = new State(0, 0, List.of());
  }

  /** A sample of the stream's n-th shard; its value is unknown while a state is replayed. */
  private record Item<T>(int shard, int index, @Nullable T value) {}

  private final int shards;
  private final int stream;
  private final int streams;
  private final int capacity;
  private final long seed;
  private final String purpose;
  private final IntFunction<List<T>> opener;
  private final List<Item<T>> buffer = new ArrayList<>();
  private final List<Integer> counts = new ArrayList<>();
  private List<Integer> known = List.of();
  private long epoch;
  private long drawn;
  private int[] order = {};
  private RandomGenerator random;
  private @Nullable List<T> current;
  private int next;

  /**
   * A stream at its start.
   *
   * @param shards number of shards
   * @param capacity of the buffer
   * @param source number of the set among those that are mixed
   * @param opener reads the index of a shard
   */
  ShardStream(
      int shards,
      int stream,
      int streams,
      int capacity,
      long seed,
      int source,
      IntFunction<List<T>> opener) {
    this.shards = shards;
    this.stream = stream;
    this.streams = streams;
    this.capacity = capacity;
    this.seed = seed;
    this.purpose = "source " + source;
    this.opener = opener;
    this.random = start(0);
  }

  /** Parts in which each shard is dealt. */
  private int parts() {
    return (streams + shards - 1) / shards;
  }

  private RandomGenerator start(long newEpoch) {
    epoch = newEpoch;
    drawn = 0;
    counts.clear();
    current = null;
    next = 0;
    int[] all = new int[shards * parts()];
    RandomGenerator shuffle = RandomStream.of(seed, purpose + " shards", epoch).generator();
    for (int i = 0; i < all.length; i++) {
      int j = shuffle.nextInt(i + 1);
      all[i] = all[j];
      all[j] = i;
    }
    order = new int[(all.length - stream + streams - 1) / streams];
    Arrays.setAll(order, i -> all[stream + i * streams]);
    random = RandomStream.of(seed, purpose + " stream " + stream, epoch).generator();
    return random;
  }

  /**
   * The next sample.
   *
   * @throws DataException where a shard cannot be read, or none has a sample for this stream
   */
  T next() {
    T value = draw().value();
    if (value == null) {
      throw new IllegalStateException("a sample of a replayed state");
    }
    return value;
  }

  private Item<T> draw() {
    for (int empty = 0; empty < MOST_EMPTY_EPOCHS; empty++) {
      fill();
      if (!buffer.isEmpty()) {
        int at = random.nextInt(buffer.size());
        Item<T> item = buffer.get(at);
        Item<T> last = buffer.remove(buffer.size() - 1);
        if (at < buffer.size()) {
          buffer.set(at, last);
        }
        drawn++;
        return item;
      }
      start(epoch + 1);
    }
    throw new DataException(
        "expected samples for each of "
            + streams
            + " streams, found none for stream "
            + stream
            + " in "
            + shards
            + " shards; lower data.stream.streams, or check the split");
  }

  private void fill() {
    while (buffer.size() < capacity) {
      int count = counts.isEmpty() ? 0 : counts.get(counts.size() - 1);
      if (next < count) {
        T value = current == null ? null : current.get(next);
        buffer.add(new Item<>(counts.size() - 1, next, value));
        next++;
      } else if (counts.size() < order.length) {
        int opened = counts.size();
        current = opened < known.size() ? null : open(order[opened]);
        counts.add(current == null ? known.get(opened) : current.size());
        next = 0;
      } else {
        return;
      }
    }
  }

  private List<T> open(int unit) {
    List<T> samples = opener.apply(unit / parts());
    if (parts() == 1) {
      return samples;
    }
    List<T> part = new ArrayList<>();
    for (int i = unit % parts(); i < samples.size(); i += parts()) {
      part.add(samples.get(i));
    }
    return part;
  }

  /** Where this stream stands. */
  State state() {
    return new State(epoch, drawn, List.copyOf(counts));
  }

  /**
   * Goes to a state: draws the epoch's order again from the counts, then opens the shards whose
   * samples are in the buffer.
   *
   * @throws DataException where one of them holds another number of samples than then
   */
  void restore(State state) {
    buffer.clear();
    start(state.epoch());
    known = state.counts();
    while (drawn < state.drawn() && epoch == state.epoch()) {
      draw();
    }
    if (epoch != state.epoch() || !counts.equals(state.counts())) {
      throw new DataException(
          "the state of stream "
              + stream
              + " does not fit the data set: "
              + state.drawn()
              + " samples drawn of "
              + state.counts().size()
              + " shards");
    }
    known = List.of();
    Map<Integer, List<T>> opened = new HashMap<>();
    for (int i = 0; i < buffer.size(); i++) {
      Item<T> item = buffer.get(i);
      List<T> samples = opened.computeIfAbsent(item.shard(), this::reopen);
      buffer.set(i, new Item<>(item.shard(), item.index(), samples.get(item.index())));
    }
    int last = counts.size() - 1;
    if (last >= 0 && next < counts.get(last)) {
      current = opened.computeIfAbsent(last, this::reopen);
    }
  }

  private List<T> reopen(int shard) {
    List<T> samples = open(order[shard]);
    if (samples.size() != counts.get(shard)) {
      throw new DataException(
          "shard "
              + order[shard] / parts()
              + ": expected "
              + counts.get(shard)
              + " samples for stream "
              + stream
              + ", as when the checkpoint was written, found "
              + samples.size());
    }
    return samples;
  }
}
