package io.rapd.train.data;

import io.rapd.core.torch.RandomStream;
import io.rapd.train.data.Pairs.Pair;
import java.util.ArrayList;
import java.util.List;

/** One stream over several weighted sets: each sample's set is drawn at random. */
final class SampleStream {
  /**
   * Where a stream stands.
   *
   * @param drawn samples so far, of all sets
   * @param sources one state per set
   */
  record State(long drawn, List<ShardStream.State> sources) {}

  /** A set and its part of the samples, in any unit. */
  record Weighted(ShardSet set, double weight) {}

  /** A drawn sample, not read yet. */
  record Drawn(ShardSet set, Pair<TarShard.Entry> pair) {}

  private final List<Weighted> sets;
  private final List<ShardStream<Pair<TarShard.Entry>>> sources = new ArrayList<>();
  private final double total;
  private final long seed;
  private final String purpose;
  private long drawn;

  SampleStream(List<Weighted> sets, int stream, StreamConfig config, long seed) {
    this.sets = sets;
    this.total = sets.stream().mapToDouble(Weighted::weight).sum();
    this.seed = seed;
    this.purpose = "source of stream " + stream;
    for (int i = 0; i < sets.size(); i++) {
      ShardSet set = sets.get(i).set();
      sources.add(
          new ShardStream<>(
              set.size(), stream, config.streams(), config.shuffleBuffer(), seed, i, set::open));
    }
  }

  Drawn next() {
    int source = sets.size() == 1 ? 0 : source();
    drawn++;
    return new Drawn(sets.get(source).set(), sources.get(source).next());
  }

  private int source() {
    double at = total * RandomStream.of(seed, purpose, drawn).generator().nextDouble();
    int source = 0;
    while (source < sets.size() - 1 && at >= sets.get(source).weight()) {
      at -= sets.get(source++).weight();
    }
    return source;
  }

  State state() {
    return new State(drawn, sources.stream().map(ShardStream::state).toList());
  }

  void restore(State state) {
    drawn = state.drawn();
    for (int i = 0; i < sources.size(); i++) {
      sources.get(i).restore(state.sources().get(i));
    }
  }
}
