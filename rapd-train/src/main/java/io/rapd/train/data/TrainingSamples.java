package io.rapd.train.data;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The samples of a training split from a step on: streamed, or read with random access.
 *
 * @param data the set and how it is read
 * @param source {@link DataConfig#openTrain}; unused where shards are streamed
 * @param share the slots of this process
 * @param firstStep from 1
 * @param position {@link Batches#position} after the step before; unused with random access
 * @param unusable told of each sample that cannot be read
 */
public record TrainingSamples(
    DataConfig data,
    ImageTextSource source,
    Share share,
    long firstStep,
    Optional<String> position,
    UnusableSamples unusable) {
  /** All slots, as in a run of one process. */
  public TrainingSamples(
      DataConfig data,
      ImageTextSource source,
      long firstStep,
      Optional<String> position,
      UnusableSamples unusable) {
    this(data, source, Share.ALL, firstStep, position, unusable);
  }

  /**
   * The batches that a recipe makes of them.
   *
   * @param steps opens random access; called only where shards are not streamed
   * @throws DataException as {@link ImageTextSource#open} does
   */
  <T, B> Batches<B> batches(
      BatchRecipe<T, B> recipe, boolean captionsRequired, long seed, Supplier<Steps<B>> steps) {
    StreamConfig stream = data.stream();
    if (stream.streams() == 0) {
      return new BatchLoader<>(steps.get()::batch, firstStep, stream.readers());
    }
    DataSelection selection = new DataSelection(data.train(), captionsRequired, data.files());
    List<SampleStream.Weighted> sets = new ArrayList<>();
    sets.add(new SampleStream.Weighted(new ShardSet(data.location(), selection, unusable), 1));
    for (StreamConfig.Source other : stream.sources()) {
      sets.add(
          new SampleStream.Weighted(
              new ShardSet(other.location(), selection, unusable), other.weight()));
    }
    return new StreamedBatches<>(sets, stream, recipe, seed, share, firstStep, position, unusable);
  }
}
