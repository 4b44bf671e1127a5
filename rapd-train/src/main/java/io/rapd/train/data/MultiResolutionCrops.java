package io.rapd.train.data;

import static io.rapd.core.config.Check.check;

import io.rapd.core.grid.Region;
import io.rapd.core.image.Resampler;
import io.rapd.core.image.Resampling;
import io.rapd.core.image.RgbImage;
import io.rapd.core.torch.RandomStream;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Batches of stage 1 (paper section 3.4): s ~ U(1, s_max), a crop of s R x s R as target, the same
 * crop resized to R x R as encoder input. All samples of a batch share one s, so targets stack.
 */
public final class MultiResolutionCrops {
  private final ImageCache images;
  private final EpochSampler sampler;
  private final CropConfig config;
  private final int batchSize;
  private final long seed;

  /**
   * A batch.
   *
   * @param inputs R x R each
   * @param targets s R x s R each
   */
  public record Batch(List<RgbImage> inputs, List<RgbImage> targets) {}

  /**
   * Batches from a source.
   *
   * @param images of the same source
   * @throws IllegalArgumentException if {@code batchSize} is not positive
   */
  public MultiResolutionCrops(
      ImageTextSource source, ImageCache images, CropConfig config, int batchSize, long seed) {
    check(batchSize > 0, "batchSize must be positive, got %d", batchSize);
    this.images = images;
    this.sampler = new EpochSampler(source.size(), seed);
    this.config = config;
    this.batchSize = batchSize;
    this.seed = seed;
  }

  /**
   * The batch of a step (from 1); depends on seed and step alone.
   *
   * @throws DataException if a sample cannot be read
   * @throws io.rapd.core.image.ImageFileException if an image cannot be decoded
   */
  public Batch batch(long step) {
    RandomGenerator random = RandomStream.of(seed, "crop", step).generator();
    double scale = 1 + (config.maxScale() - 1) * random.nextDouble();
    int side = (int) Math.round(scale * config.encoderSize());
    List<RgbImage> inputs = new ArrayList<>(batchSize);
    List<RgbImage> targets = new ArrayList<>(batchSize);
    for (int i = 0; i < batchSize; i++) {
      RgbImage image = images.image(sampler.index((step - 1) * batchSize + i));
      RgbImage target = crop(image, side, random);
      targets.add(target);
      inputs.add(
          Resampler.resize(target, Resampling.BICUBIC, config.encoderSize(), config.encoderSize()));
    }
    return new Batch(inputs, targets);
  }

  private RgbImage crop(RgbImage image, int side, RandomGenerator random) {
    // An image smaller than the crop is enlarged.
    double factor = Math.max(1, (double) side / Math.min(image.height(), image.width()));
    int height = Math.max(side, Math.toIntExact(Math.round(image.height() * factor)));
    int width = Math.max(side, Math.toIntExact(Math.round(image.width() * factor)));
    int top = random.nextInt(height - side + 1);
    int left = random.nextInt(width - side + 1);
    RgbImage target =
        factor == 1
            ? image.crop(top, left, side, side)
            : new Resampler(Resampling.BICUBIC, image.height(), image.width(), height, width)
                .apply(image, new Region(top, left, side, side));
    return config.flip() && random.nextBoolean() ? target.flipHorizontally() : target;
  }
}
