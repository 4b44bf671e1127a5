package io.rapd.train.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.AbstractList;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class ShardStreamTest {
  /** Shard n holds the numbers n * 1000 to n * 1000 + size - 1. */
  private static IntFunction<List<Long>> shards(IntFunction<Integer> size) {
    return shard ->
        LongStream.range(0, size.apply(shard)).map(i -> shard * 100_000L + i).boxed().toList();
  }

  private static ShardStream<Long> stream(
      int shards, int stream, int streams, int buffer, IntFunction<List<Long>> opener) {
    return new ShardStream<>(shards, stream, streams, buffer, 5, 0, opener);
  }

  private static List<Long> take(ShardStream<Long> stream, int count) {
    return IntStream.range(0, count).mapToObj(i -> stream.next()).toList();
  }

  @Test
  void anEpochOfAllStreamsSeesEverySampleOnce() {
    for (int[] setting : new int[][] {{12, 4, 10}, {13, 4, 1}, {3, 8, 100}, {1, 5, 7}, {7, 7, 2}}) {
      int shards = setting[0];
      int streams = setting[1];
      IntFunction<List<Long>> opener = shards(shard -> 20 + shard);
      List<Long> seen = new ArrayList<>();
      for (int s = 0; s < streams; s++) {
        ShardStream<Long> stream = stream(shards, s, streams, setting[2], opener);
        for (long value = stream.next(); stream.state().epoch() == 0; value = stream.next()) {
          seen.add(value);
        }
      }
      List<Long> all =
          IntStream.range(0, shards).boxed().flatMap(s -> opener.apply(s).stream()).toList();
      assertThat(seen).containsExactlyInAnyOrderElementsOf(all);
    }
  }

  @Test
  void epochsAndSeedsDifferAndTheBufferMixes() {
    IntFunction<List<Long>> opener = shards(shard -> 50);
    List<Long> first = take(stream(4, 0, 1, 120, opener), 400);
    assertThat(first.subList(0, 200)).isNotEqualTo(first.subList(200, 400));
    assertThat(new HashSet<>(first.subList(0, 200)))
        .isEqualTo(new HashSet<>(first.subList(200, 400)));
    assertThat(first.subList(0, 30).stream().map(v -> v / 100_000).distinct())
        .hasSizeGreaterThan(1);
    assertThat(take(stream(4, 0, 1, 120, opener), 400)).isEqualTo(first);
    assertThat(take(new ShardStream<>(4, 0, 1, 120, 6, 0, opener), 400)).isNotEqualTo(first);
  }

  @Test
  void aRestoredStreamGoesOnWithTheSameSamples() {
    IntFunction<List<Long>> opener = shards(shard -> shard % 5 == 3 ? 0 : 17 + shard % 7);
    ShardStream<Long> whole = stream(23, 1, 3, 8, opener);
    List<ShardStream.State> states = new ArrayList<>();
    List<Long> values = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      states.add(whole.state());
      values.add(whole.next());
    }
    for (int from = 0; from < 500; from += 7) {
      Set<Integer> opened = new HashSet<>();
      ShardStream<Long> resumed =
          stream(
              23,
              1,
              3,
              8,
              shard -> {
                opened.add(shard);
                return opener.apply(shard);
              });
      resumed.restore(states.get(from));
      assertThat(opened.size()).as("shards opened to restore").isLessThanOrEqualTo(5);
      assertThat(resumed.state()).isEqualTo(states.get(from));
      assertThat(take(resumed, 500 - from)).isEqualTo(values.subList(from, 500));
    }
  }

  @Test
  void aShardThatGrewSinceIsNoticed() {
    ShardStream<Long> stream = stream(4, 0, 1, 10, shards(shard -> 20));
    take(stream, 25);
    ShardStream<Long> grown = stream(4, 0, 1, 10, shards(shard -> 21));
    assertThatThrownBy(() -> grown.restore(stream.state()))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("expected 20 samples for stream 0")
        .hasMessageContaining("found 21");
  }

  @Test
  void aStreamWithoutSamplesEnds() {
    assertThatThrownBy(() -> stream(3, 1, 2, 10, shards(shard -> 0)).next())
        .isInstanceOf(DataException.class)
        .hasMessageContaining("expected samples for each of 2 streams, found none for stream 1");
  }

  /** 36 million samples in 10,000 shards: an index in memory of what is open alone. */
  @Test
  void theFullNumberRestoresFromCounts() {
    int streams = 256;
    int perShard = 3_600;
    IntFunction<List<Long>> opener =
        shard ->
            new AbstractList<Long>() {
              @Override
              public Long get(int index) {
                return (long) shard * perShard + index;
              }

              @Override
              public int size() {
                return perShard;
              }
            };
    int shards = 0;
    for (int s = 0; s < streams; s += 85) {
      ShardStream<Long> stream = stream(10_000, s, streams, 1_000, opener);
      int perEpoch = (10_000 - s + streams - 1) / streams * perShard;
      assertThat(perEpoch).isBetween(39 * perShard, 40 * perShard);
      for (int i = 0; i < perEpoch - 100; i++) {
        stream.next();
      }
      ShardStream.State state = stream.state();
      shards += state.counts().size();
      assertThat(state.epoch()).isZero();
      ShardStream<Long> resumed = stream(10_000, s, streams, 1_000, opener);
      resumed.restore(state);
      assertThat(take(resumed, 300)).isEqualTo(take(stream, 300));
      assertThat(resumed.state().epoch()).isEqualTo(1);
    }
    assertThat(shards).isGreaterThanOrEqualTo(39 * 4);
  }
}
