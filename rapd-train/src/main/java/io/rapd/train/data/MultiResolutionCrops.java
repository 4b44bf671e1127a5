package io.rapd.train.data;

import static io.rapd.core.config.Check.check;

import io.rapd.core.grid.Region;
import io.rapd.core.image.Resampler;
import io.rapd.core.image.Resampling;
import io.rapd.core.image.RgbImage;
import io.rapd.core.image.RgbImageReader;
import io.rapd.core.torch.RandomStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;

/**
 * Batches of stage 1 (paper section 3.4): s ~ U(1, s_max), a crop of s R x s R as target, the same
 * crop resized to R x R as encoder input. Samples share s in groups of {@link
 * CropConfig#scaleGroup}.
 */
public final class MultiResolutionCrops
    implements BatchRecipe<MultiResolutionCrops.Crop, MultiResolutionCrops.Batch> {
  private final Settings settings;
  private final CropConfig config;
  private final RgbImageReader reader = new RgbImageReader();

  /**
   * What a batch consists of.
   *
   * @param crop sizes
   * @param resize only {@link ResizeConfig#skipSmall} matters: images smaller than a target
   * @param seed of everything drawn
   */
  public record Settings(CropConfig crop, ResizeConfig resize, int batchSize, long seed) {
    public Settings {
      check(batchSize > 0, "batchSize must be positive, got %d", batchSize);
    }
  }

  /**
   * A batch.
   *
   * @param inputs R x R each
   * @param targets s R x s R each; of one size within a group
   */
  public record Batch(List<RgbImage> inputs, List<RgbImage> targets) {
    /** Runs of targets of one size: the end of each, exclusive. */
    public List<Integer> groupEnds() {
      List<Integer> ends = new ArrayList<>();
      for (int i = 1; i <= targets.size(); i++) {
        if (i == targets.size() || targets.get(i).height() != targets.get(i - 1).height()) {
          ends.add(i);
        }
      }
      return ends;
    }
  }

  /** A prepared sample. */
  record Crop(RgbImage input, RgbImage target) {}

  private MultiResolutionCrops(Settings settings) {
    this.settings = settings;
    this.config = settings.crop();
  }

  /**
   * Opens the batches of a training split.
   *
   * @throws DataException as {@link ImageTextSource#open} does
   */
  public static Batches<Batch> open(TrainingSamples samples, Settings settings) {
    return samples.batches(
        new MultiResolutionCrops(settings),
        false,
        settings.seed(),
        () ->
            withRandomAccess(
                samples.source(),
                ImageCache.heapShare(),
                settings,
                samples.share(),
                samples.unusable()));
  }

  /** The batches of a source, each a function of seed and step alone. */
  public static Steps<Batch> withRandomAccess(
      ImageTextSource source, long cacheBytes, Settings settings, UnusableSamples unusable) {
    return withRandomAccess(source, cacheBytes, settings, Share.ALL, unusable);
  }

  /** Draws follow each other through the whole batch, so that each process prepares all of it. */
  private static Steps<Batch> withRandomAccess(
      ImageTextSource source,
      long cacheBytes,
      Settings settings,
      Share share,
      UnusableSamples unusable) {
    MultiResolutionCrops recipe = new MultiResolutionCrops(settings);
    ImageCache images = new ImageCache(source, cacheBytes);
    RandomAccess samples = new RandomAccess(source, settings.seed(), unusable);
    return step -> {
      RandomGenerator random = RandomStream.of(settings.seed(), "crop", step).generator();
      List<Crop> crops = new ArrayList<>();
      int side = 0;
      for (int i = 0; i < settings.batchSize(); i++) {
        if (i % recipe.group() == 0) {
          side = recipe.side(random);
        }
        int of = side;
        crops.add(
            samples.prepare(
                (step - 1) * settings.batchSize() + i,
                index -> recipe.crop(images.image(index), of, random)));
      }
      return recipe.batch(share.of(crops));
    };
  }

  private int group() {
    return config.scaleGroup() == 0 ? settings.batchSize() : config.scaleGroup();
  }

  private int side(RandomGenerator random) {
    double scale = 1 + (config.maxScale() - 1) * random.nextDouble();
    return (int) Math.round(scale * config.encoderSize());
  }

  @Override
  public int size() {
    return settings.batchSize();
  }

  @Override
  public Optional<Crop> prepare(
      Sample sample, Supplier<List<String>> captions, long step, int slot) {
    long seed = settings.seed();
    int side = side(RandomStream.of(seed, "scale of group " + slot / group(), step).generator());
    RandomGenerator random = RandomStream.of(seed, "crop of slot " + slot, step).generator();
    return crop(ImageCache.uncached(sample, reader, UnaryOperator.identity()), side, random);
  }

  private Optional<Crop> crop(RgbImage image, int side, RandomGenerator random) {
    if (settings.resize().skips(image, side)) {
      return Optional.empty();
    }
    RgbImage target = target(image, side, random);
    int size = config.encoderSize();
    return Optional.of(new Crop(Resampler.resize(target, Resampling.BICUBIC, size, size), target));
  }

  private RgbImage target(RgbImage image, int side, RandomGenerator random) {
    // Unless skipped, an image smaller than the crop is enlarged.
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

  @Override
  public Batch batch(List<Crop> samples) {
    return new Batch(
        samples.stream().map(Crop::input).toList(), samples.stream().map(Crop::target).toList());
  }
}
