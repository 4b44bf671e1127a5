package io.rapd.train.data;

import static io.rapd.core.config.Check.check;

import io.rapd.core.image.RgbImage;
import io.rapd.core.torch.RandomStream;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Batches of stage 2: images of one size, each with one of its captions or, for classifier-free
 * guidance, the empty prompt.
 */
public final class CaptionedImages {
  private static final String NO_PROMPT = "";

  private final ImageTextSource source;
  private final ImageCache images;
  private final double captionFirst;
  private final double promptDropout;
  private final EpochSampler sampler;
  private final int batchSize;
  private final long seed;

  /**
   * A batch; each list has one entry per sample.
   *
   * @param keys keys of the samples in their set
   * @param images as prepared by the cache
   * @param captions empty string where the prompt was dropped
   */
  public record Batch(List<String> keys, List<RgbImage> images, List<String> captions) {
    public Batch {
      keys = List.copyOf(keys);
      images = List.copyOf(images);
      captions = List.copyOf(captions);
    }
  }

  /**
   * Batches from a source.
   *
   * @param images images of the same source, prepared to one size, for example by {@link
   *     CentreSquare}
   * @param captionFirst probability of a sample's first caption; otherwise one of its alternatives
   *     is drawn uniformly (the first caption if there are none)
   * @param promptDropout probability of replacing the caption by the empty prompt
   * @throws IllegalArgumentException if a probability is outside [0, 1] or the batch size is not
   *     positive
   */
  public CaptionedImages(
      ImageTextSource source,
      ImageCache images,
      double captionFirst,
      double promptDropout,
      int batchSize,
      long seed) {
    checkProbability("captionFirst", captionFirst);
    checkProbability("promptDropout", promptDropout);
    check(batchSize > 0, "batchSize must be positive, got %d", batchSize);
    this.source = source;
    this.images = images;
    this.captionFirst = captionFirst;
    this.promptDropout = promptDropout;
    this.sampler = new EpochSampler(source.size(), seed);
    this.batchSize = batchSize;
    this.seed = seed;
  }

  private static void checkProbability(String name, double value) {
    check(value >= 0 && value <= 1, "%s must be between 0 and 1, got %s", name, value);
  }

  /**
   * The batch of a step (from 1); depends on seed and step alone.
   *
   * @throws DataException if a sample cannot be read or has no caption
   * @throws io.rapd.core.image.ImageFileException if an image cannot be decoded
   */
  public Batch batch(long step) {
    RandomGenerator random = RandomStream.of(seed, "caption", step).generator();
    List<String> keys = new ArrayList<>(batchSize);
    List<RgbImage> images = new ArrayList<>(batchSize);
    List<String> captions = new ArrayList<>(batchSize);
    for (int i = 0; i < batchSize; i++) {
      int index = sampler.index((step - 1) * batchSize + i);
      keys.add(source.key(index));
      images.add(this.images.image(index));
      captions.add(caption(index, random));
    }
    return new Batch(keys, images, captions);
  }

  private String caption(int index, RandomGenerator random) {
    boolean dropped = random.nextDouble() < promptDropout;
    boolean first = random.nextDouble() < captionFirst;
    if (dropped) {
      return NO_PROMPT;
    }
    List<String> captions = source.captions(index);
    if (captions.isEmpty()) {
      throw new DataException(
          "%s: expected a caption beside this image, found none", source.key(index));
    }
    return first || captions.size() == 1
        ? captions.get(0)
        : captions.get(random.nextInt(1, captions.size()));
  }
}
