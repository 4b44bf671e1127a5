package io.rapd.train.data;

import static io.rapd.core.config.Check.check;

import io.rapd.core.config.Default;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A data set and its splits.
 *
 * @param location see {@link ImageTextSource#open}
 * @param train split to train on; {@code all} to hold nothing out
 * @param validation split to validate on
 * @param files which files are images and captions
 * @param stream how shards are streamed; by default they are not
 * @param resize how images are brought to the size of training
 * @param caption what is done to captions in training
 * @param maxUnreadable largest share of samples that cannot be read; they are replaced by others
 *     and listed, and past this share the run stops
 */
public record DataConfig(
    String location,
    Split train,
    Split validation,
    @Default("{}") SampleFiles files,
    @Default("{}") StreamConfig stream,
    @Default("{}") ResizeConfig resize,
    @Default("{}") CaptionConfig caption,
    @Default("0.25") double maxUnreadable) {
  /** Of a streamed set, statistics and previews see the first shards with so many samples. */
  private static final int TRAIN_SAMPLES = 10_000;

  private static final int VALIDATION_SAMPLES = 1_000;

  public DataConfig {
    check(
        maxUnreadable >= 0 && maxUnreadable <= 1,
        "data.maxUnreadable must be between 0 and 1, got %s",
        maxUnreadable);
  }

  /**
   * Opens the training split with random access; of a streamed set only its first shards, for
   * statistics.
   */
  public ImageTextSource openTrain(boolean captionsRequired) {
    return open(new DataSelection(train, captionsRequired, files), TRAIN_SAMPLES);
  }

  /** Opens the validation split with random access; of a streamed set only its first shards. */
  public ImageTextSource openValidation(boolean captionsRequired) {
    return open(new DataSelection(validation, captionsRequired, files), VALIDATION_SAMPLES);
  }

  /**
   * Visits the training split part by part, so that memory does not grow with the set: shard by
   * shard where it is streamed, otherwise at once. Further {@code stream.sources} are left out.
   *
   * @param unusable is told of shards that cannot be read
   */
  public void forEachTrainPart(Consumer<ImageTextSource> visitor, UnusableSamples unusable) {
    if (stream.streams() == 0) {
      visitor.accept(openTrain(false));
      return;
    }
    DataSelection selection = new DataSelection(train, false, files);
    for (Path shard : ShardNames.of(location, files)) {
      Optional<ImageTextSource> part;
      try {
        part = WebDatasetSource.shard(shard, selection);
      } catch (DataException e) {
        unusable.report(shard.toString(), e);
        continue;
      }
      part.ifPresent(visitor);
    }
  }

  private ImageTextSource open(DataSelection selection, int limit) {
    return stream.streams() == 0
        ? ImageTextSource.open(location, selection)
        : WebDatasetSource.firstShards(location, selection, limit);
  }

  /** Batches that are on the heap at once: those loaded ahead, and the one in use. */
  public int batchesInMemory() {
    return 1 + (stream.streams() > 0 ? StreamedBatches.AHEAD : stream.readers() + 1);
  }

  /** Whether a sample's image is the same in each epoch, so that it pays to keep what follows. */
  public boolean imagesRecur() {
    return stream.streams() == 0 && resize.crop() == ResizeConfig.Crop.CENTRE;
  }
}
