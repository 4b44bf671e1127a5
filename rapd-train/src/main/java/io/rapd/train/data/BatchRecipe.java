package io.rapd.train.data;

import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * How samples become a batch of a stage.
 *
 * @param <T> a prepared sample
 * @param <B> a batch
 */
interface BatchRecipe<T, B> {
  /** Samples per batch. */
  int size();

  /**
   * Prepares a sample for a slot of a batch; draws only from the seed, the step and the slot.
   *
   * @param sample the encoded image
   * @param captions reads its captions
   * @return empty where the configuration passes over such a sample
   * @throws IllegalArgumentException where it cannot be read or decoded
   */
  Optional<T> prepare(Sample sample, Supplier<List<String>> captions, long step, int slot);

  /** Collects the slots of a batch. */
  B batch(List<T> samples);
}
