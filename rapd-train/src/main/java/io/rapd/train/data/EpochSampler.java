package io.rapd.train.data;

import static io.rapd.core.config.Check.check;

import io.rapd.core.torch.RandomStream;
import java.util.random.RandomGenerator;

/**
 * The order in which samples are seen: every epoch once through all of them, shuffled anew. A
 * function of seed and position alone, so that a resumed run goes on where it stopped.
 */
public final class EpochSampler {
  private final int size;
  private final long seed;
  private long epoch = -1;
  private int[] order = {};

  /**
   * An order over so many samples.
   *
   * @param size at least 1
   * @throws DataException for an empty set
   */
  public EpochSampler(int size, long seed) {
    if (size < 1) {
      throw new DataException("a set needs at least one sample, got " + size);
    }
    this.size = size;
    this.seed = seed;
  }

  /**
   * The sample at a position of the endless sequence, from 0.
   *
   * @throws IllegalArgumentException for a negative position
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
