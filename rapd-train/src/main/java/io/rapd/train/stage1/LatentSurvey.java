package io.rapd.train.stage1;

import static io.rapd.core.config.Check.check;

import ai.djl.ndarray.NDManager;
import io.rapd.core.image.ImageTensors;
import io.rapd.core.image.RgbImage;
import io.rapd.core.torch.GradMode;
import io.rapd.nif.LatentStatistics;
import io.rapd.nif.NeuralImageField;
import io.rapd.train.data.CentreSquare;
import io.rapd.train.data.DataConfig;
import io.rapd.train.data.EpochSampler;
import io.rapd.train.data.ImageCache;
import io.rapd.train.data.ImageTextSource;
import io.rapd.train.data.Share;
import io.rapd.train.data.UnusableSamples;
import io.rapd.train.loop.Ranks;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntUnaryOperator;

/**
 * Measures the per-channel statistics of z over a training set (paper section 3.4), on the centre
 * square of each image, one image in memory at a time.
 *
 * @param size of the squares that are encoded, and of the latents, in pixels
 * @param images most images to take; a larger set is sampled by the seed. 0 for the whole set
 * @param seed of the sample
 */
public record LatentSurvey(int size, int images, long seed) {
  public LatentSurvey {
    check(size > 0, "the size of the latents must be positive, got %d", size);
    check(images >= 0, "the number of images must not be negative, got %d", images);
  }

  /**
   * The statistics of a field's latents.
   *
   * @param data its training split; of a streamed set, a sample is drawn from the first shards
   * @param unusable is told of images that cannot be read; they are left out
   * @throws IllegalArgumentException where no image can be read
   */
  public LatentStatistics of(
      NeuralImageField field, DataConfig data, NDManager manager, UnusableSamples unusable) {
    return of(field, data, Ranks.alone(), manager, unusable);
  }

  /**
   * The same by several processes, each of which encodes its share of the images. The result is the
   * same on all of them, and that of one process up to the rounding of float64.
   */
  public LatentStatistics of(
      NeuralImageField field,
      DataConfig data,
      Ranks ranks,
      NDManager manager,
      UnusableSamples unusable) {
    double[] own =
        ranks.apart(() -> measured(field, data, ranks.share(), manager, unusable).state());
    double[] all = new double[ranks.count() * own.length];
    System.arraycopy(own, 0, all, ranks.share().index() * own.length, own.length);
    ranks.sum(all);
    LatentStatistics.Accumulator merged = accumulator(field);
    for (int rank = 0; rank < ranks.count(); rank++) {
      merged.merge(Arrays.copyOfRange(all, rank * own.length, (rank + 1) * own.length));
    }
    return merged.finish();
  }

  private static LatentStatistics.Accumulator accumulator(NeuralImageField field) {
    return new LatentStatistics.Accumulator(field.encoder().channels());
  }

  private LatentStatistics.Accumulator measured(
      NeuralImageField field,
      DataConfig data,
      Share share,
      NDManager manager,
      UnusableSamples unusable) {
    LatentStatistics.Accumulator accumulator = accumulator(field);
    if (images == 0) {
      data.forEachTrainPart(
          part -> add(field, part, part.size(), i -> i, share, accumulator, manager, unusable),
          unusable);
    } else {
      ImageTextSource source = data.openTrain(false);
      EpochSampler sampler = new EpochSampler(source.size(), seed);
      int count = Math.min(images, source.size());
      add(field, source, count, sampler::index, share, accumulator, manager, unusable);
    }
    return accumulator;
  }

  private void add(
      NeuralImageField field,
      ImageTextSource source,
      int count,
      IntUnaryOperator order,
      Share share,
      LatentStatistics.Accumulator accumulator,
      NDManager manager,
      UnusableSamples unusable) {
    ImageCache cache = new ImageCache(source, 0, new CentreSquare(size));
    for (int i = share.index(); i < count; i += share.count()) {
      int index = order.applyAsInt(i);
      RgbImage image;
      try {
        image = cache.image(index);
      } catch (IllegalArgumentException e) {
        unusable.add(source.key(index), e);
        continue;
      }
      try (NDManager scope = manager.newSubManager();
          GradMode plain = GradMode.disabled()) {
        accumulator.add(field.encode(ImageTensors.stack(List.of(image), scope)));
      }
    }
  }
}
