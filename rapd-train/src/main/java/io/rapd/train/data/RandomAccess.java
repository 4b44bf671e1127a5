package io.rapd.train.data;

import io.rapd.core.torch.RandomStream;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.random.RandomGenerator;

/**
 * The samples of a set in the order of {@link EpochSampler}. A sample that cannot be used is
 * replaced by one drawn by its position, so that a batch depends on seed and step alone.
 */
final class RandomAccess {
  /** Replacements tried for one position. */
  private static final int MOST_TRIED = 1_000;

  private final ImageTextSource source;
  private final EpochSampler sampler;
  private final long seed;
  private final UnusableSamples unusable;

  RandomAccess(ImageTextSource source, long seed, UnusableSamples unusable) {
    this.source = source;
    this.sampler = new EpochSampler(source.size(), seed);
    this.seed = seed;
    this.unusable = unusable;
  }

  /**
   * Prepares the sample at a position, or its replacement.
   *
   * @param position from 0
   * @param prepare of a sample's index; empty where the configuration passes over it
   */
  <T> T prepare(long position, IntFunction<Optional<T>> prepare) {
    RandomGenerator replacement = null;
    int index = sampler.index(position);
    for (int tried = 0; tried < MOST_TRIED; tried++) {
      try {
        Optional<T> prepared = prepare.apply(index);
        if (prepared.isPresent()) {
          return prepared.get();
        }
      } catch (IllegalArgumentException e) {
        unusable.report(source.key(index), e);
      }
      if (replacement == null) {
        replacement = RandomStream.of(seed, "replacement", position).generator();
      }
      index = replacement.nextInt(source.size());
    }
    throw new DataException(
        source.description() + ": expected usable samples, found none in " + MOST_TRIED + " draws");
  }
}
