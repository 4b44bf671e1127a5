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
import io.rapd.train.data.UnusableSamples;
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
    LatentStatistics.Accumulator accumulator =
        new LatentStatistics.Accumulator(field.encoder().channels());
    if (images == 0) {
      data.forEachTrainPart(
          part -> add(field, part, part.size(), i -> i, accumulator, manager, unusable), unusable);
    } else {
      ImageTextSource source = data.openTrain(false);
      EpochSampler sampler = new EpochSampler(source.size(), seed);
      int count = Math.min(images, source.size());
      add(field, source, count, sampler::index, accumulator, manager, unusable);
    }
    return accumulator.finish();
  }

  private void add(
      NeuralImageField field,
      ImageTextSource source,
      int count,
      IntUnaryOperator order,
      LatentStatistics.Accumulator accumulator,
      NDManager manager,
      UnusableSamples unusable) {
    ImageCache cache = new ImageCache(source, 0, new CentreSquare(size));
    for (int i = 0; i < count; i++) {
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
