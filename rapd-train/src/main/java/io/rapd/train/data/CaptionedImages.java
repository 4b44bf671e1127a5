package io.rapd.train.data;

import static io.rapd.core.config.Check.check;

import io.rapd.core.image.RgbImage;
import io.rapd.core.image.RgbImageReader;
import io.rapd.core.torch.RandomStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;

/**
 * Batches of stage 2: images of one size, each with one of its captions or, for classifier-free
 * guidance, the empty prompt.
 */
public final class CaptionedImages
    implements BatchRecipe<CaptionedImages.Captioned, CaptionedImages.Batch> {
  private static final String NO_PROMPT = "";

  private final Settings settings;
  private final Images images;
  private final RgbImageReader reader = new RgbImageReader();
  private final UnaryOperator<RgbImage> fit;

  /**
   * What a batch consists of.
   *
   * @param side of the square images, in pixels
   * @param resize how they are resized and cropped
   * @param caption what is done to captions
   * @param captionFirst probability of a sample's first caption; otherwise one of its alternatives
   *     is drawn uniformly (the first caption if there are none)
   * @param promptDropout probability of replacing the caption by the empty prompt
   * @param seed of everything drawn
   */
  public record Settings(
      int side,
      ResizeConfig resize,
      CaptionConfig caption,
      double captionFirst,
      double promptDropout,
      int batchSize,
      long seed) {
    public Settings {
      checkProbability("captionFirst", captionFirst);
      checkProbability("promptDropout", promptDropout);
      check(batchSize > 0, "batchSize must be positive, got %d", batchSize);
    }
  }

  /**
   * A batch; each list has one entry per sample.
   *
   * @param keys keys of the samples in their set
   * @param images R x R each; none where {@link Images} leaves them unread
   * @param captions empty string where the prompt was dropped
   */
  public record Batch(List<String> keys, List<RgbImage> images, List<String> captions) {
    public Batch {
      keys = List.copyOf(keys);
      images = List.copyOf(images);
      captions = List.copyOf(captions);
    }
  }

  /** Whether a batch holds images. */
  public sealed interface Images {
    /** It does. */
    record Read() implements Images {}

    /**
     * It does not: what is made of them is stored.
     *
     * @param usable whether it is stored for a key; false for an image that is passed over; throws
     *     IllegalArgumentException where it is missing
     */
    record Unread(Predicate<String> usable) implements Images {}
  }

  /** A prepared sample. */
  record Captioned(String key, Optional<RgbImage> image, String caption) {}

  private CaptionedImages(Settings settings, Images images) {
    this.settings = settings;
    this.images = images;
    this.fit = settings.resize().fit(settings.side());
  }

  private static void checkProbability(String name, double value) {
    check(value >= 0 && value <= 1, "%s must be between 0 and 1, got %s", name, value);
  }

  /**
   * Opens the batches of a training split.
   *
   * @throws DataException as {@link ImageTextSource#open} does
   */
  public static Batches<Batch> open(TrainingSamples samples, Settings settings) {
    return open(samples, settings, new Images.Read());
  }

  /** The same where images may be left unread. */
  public static Batches<Batch> open(TrainingSamples samples, Settings settings, Images images) {
    return samples.batches(
        new CaptionedImages(settings, images),
        true,
        settings.seed(),
        () ->
            withRandomAccess(
                samples.source(),
                ImageCache.heapShare(),
                new CaptionedImages(settings, images),
                samples.share(),
                samples.unusable()));
  }

  /** The batches of a source, each a function of seed and step alone. */
  public static Steps<Batch> withRandomAccess(
      ImageTextSource source, long cacheBytes, Settings settings, UnusableSamples unusable) {
    CaptionedImages recipe = new CaptionedImages(settings, new Images.Read());
    return withRandomAccess(source, cacheBytes, recipe, Share.ALL, unusable);
  }

  /** Draws follow each other through the whole batch, so that each process prepares all of it. */
  private static Steps<Batch> withRandomAccess(
      ImageTextSource source,
      long cacheBytes,
      CaptionedImages recipe,
      Share share,
      UnusableSamples unusable) {
    Settings settings = recipe.settings;
    ImageCache images = new ImageCache(source, cacheBytes, recipe.fit);
    RandomAccess samples = new RandomAccess(source, settings.seed(), unusable);
    return step -> {
      RandomGenerator random = RandomStream.of(settings.seed(), "caption", step).generator();
      List<Captioned> batch = new ArrayList<>();
      for (int i = 0; i < settings.batchSize(); i++) {
        batch.add(
            samples.prepare(
                (step - 1) * settings.batchSize() + i,
                index ->
                    recipe.prepare(
                        source.key(index),
                        () -> images.image(index),
                        () -> source.captions(index),
                        random)));
      }
      return recipe.batch(share.of(batch));
    };
  }

  @Override
  public int size() {
    return settings.batchSize();
  }

  @Override
  public Optional<Captioned> prepare(
      Sample sample, Supplier<List<String>> captions, long step, int slot) {
    RandomGenerator random =
        RandomStream.of(settings.seed(), "caption of slot " + slot, step).generator();
    return prepare(sample.key(), () -> ImageCache.uncached(sample, reader, fit), captions, random);
  }

  private Optional<Captioned> prepare(
      String key,
      Supplier<RgbImage> fitted,
      Supplier<List<String>> captions,
      RandomGenerator random) {
    if (images instanceof Images.Unread unread) {
      return unread.usable().test(key)
          ? Optional.of(new Captioned(key, Optional.empty(), caption(key, captions, random)))
          : Optional.empty();
    }
    return settings
        .resize()
        .square(fitted.get(), settings.side(), random)
        .map(image -> new Captioned(key, Optional.of(image), caption(key, captions, random)));
  }

  private String caption(String key, Supplier<List<String>> all, RandomGenerator random) {
    boolean dropped = random.nextDouble() < settings.promptDropout();
    boolean first = random.nextDouble() < settings.captionFirst();
    if (dropped) {
      return NO_PROMPT;
    }
    List<String> captions = all.get();
    if (captions.isEmpty()) {
      throw new DataException(key + ": expected a caption beside this image, found none");
    }
    String caption =
        first || captions.size() == 1
            ? captions.get(0)
            : captions.get(random.nextInt(1, captions.size()));
    return settings.caption().apply(caption, random);
  }

  @Override
  public Batch batch(List<Captioned> samples) {
    return new Batch(
        samples.stream().map(Captioned::key).toList(),
        samples.stream().map(Captioned::image).flatMap(Optional::stream).toList(),
        samples.stream().map(Captioned::caption).toList());
  }
}
