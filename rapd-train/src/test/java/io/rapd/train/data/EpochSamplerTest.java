package io.rapd.train.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class EpochSamplerTest {
  private static int[] epoch(int size, long seed, long epoch) {
    EpochSampler sampler = new EpochSampler(size, seed);
    return IntStream.range(0, size).map(i -> sampler.index(epoch * size + i)).toArray();
  }

  @Test
  void everyEpochIsAPermutation() {
    for (int size : new int[] {1, 2, 7, 100}) {
      for (long epoch : new long[] {0, 1, 2, 1_000_000_000_000L}) {
        int[] order = epoch(size, 5, epoch);
        Arrays.sort(order);
        assertThat(order).isEqualTo(IntStream.range(0, size).toArray());
      }
    }
  }

  @Test
  void epochsAndSeedsDiffer() {
    assertThat(epoch(50, 1, 0)).isNotEqualTo(epoch(50, 1, 1)).isNotEqualTo(epoch(50, 2, 0));
  }

  @Test
  void positionsMayBeAskedInAnyOrder() {
    EpochSampler forwards = new EpochSampler(13, 8);
    int[] expected = IntStream.range(0, 130).map(forwards::index).toArray();
    EpochSampler sampler = new EpochSampler(13, 8);
    Random random = new Random(1);
    for (int i = 0; i < 1_000; i++) {
      int position = random.nextInt(130);
      assertThat(sampler.index(position)).isEqualTo(expected[position]);
    }
    IntStream.range(0, 1_300)
        .parallel()
        .forEach(i -> assertThat(sampler.index(i % 130)).isEqualTo(expected[i % 130]));
  }

  /** All 24 orders of four samples within a generous bound of equal frequency. */
  @Test
  void ordersAreEquallyLikely() {
    int[] counts = new int[256];
    Set<Integer> seen = new HashSet<>();
    EpochSampler sampler = new EpochSampler(4, 3);
    for (int epoch = 0; epoch < 24_000; epoch++) {
      int code = 0;
      for (int i = 0; i < 4; i++) {
        code = 4 * code + sampler.index(4L * epoch + i);
      }
      seen.add(code);
      counts[code]++;
    }
    assertThat(seen).hasSize(24);
    for (int code : seen) {
      assertThat(counts[code]).isBetween(850, 1_150); // 1000, standard deviation 31
    }
  }

  @Test
  void emptySetsAndNegativePositionsAreRefused() {
    assertThatThrownBy(() -> new EpochSampler(0, 1))
        .isInstanceOf(DataException.class)
        .hasMessage("a set needs at least one sample, got 0");
    assertThatThrownBy(() -> new EpochSampler(3, 1).index(-1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("position must not be negative, got -1");
  }
}
