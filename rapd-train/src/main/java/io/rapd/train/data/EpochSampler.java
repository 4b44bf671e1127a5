package io.rapd.train.data;

import static io.rapd.core.config.Check.check;

import io.rapd.core.torch.RandomStream;
import java.util.random.RandomGenerator;

/**
 * The order of samples: each epoch visits all of them once, reshuffled. It depends on seed and
 * position alone, so a resumed run continues the same sequence.
 */
public final class EpochSampler {
  private final int size;
  private final long seed;
  private long epoch = -1;
  private int[] order = {};

  /**
   * An order of {@code size} samples.
   *
   * @param size at least 1
   * @throws DataException if the set is empty
   */
  public EpochSampler(int size, long seed) {
    if (size < 1) {
      throw new DataException("a set needs at least one sample, got " + size);
    }
    this.size = size;
    this.seed = seed;
  }

  /**
   * The sample at a position (from 0) of the endless sequence.
   *
   * @throws IllegalArgumentException if the position is negative
   */
  public synchronized int index(long position) {
    check(position >= 0, "position must not be negative, got %d", position);
    long wanted = position / size;
    if (wanted != epoch) {
      order = permutation(RandomStream.of(seed, "epoch", wanted).generator());
      epoch = wanted;
    }
    return order[(int) (position % size)];
  }

  private int[] permutation(RandomGenerator random) {
    int[] shuffled = new int[size];
    for (int i = 0; i < size; i++) {
      int j = random.nextInt(i + 1);
      shuffled[i] = shuffled[j];
      shuffled[j] = i;
    }
    return shuffled;
  }
}
