package io.rapd.eval.metric;

import static io.rapd.core.text.Messages.message;

import io.rapd.core.image.RgbImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.IntFunction;

/**
 * The feature statistics of a set of images.
 *
 * @param statistics mean and covariance
 * @param vectors of how many feature vectors; empty where a file does not say
 * @param source where they come from
 */
public record SetStatistics(FeatureStatistics statistics, OptionalLong vectors, String source) {
  private static final int BATCH = 16;

  /** Of an {@code .npz} file; see {@link StatisticsFile#read}. */
  public static SetStatistics read(Path file) {
    return new SetStatistics(StatisticsFile.read(file), OptionalLong.empty(), file.toString());
  }

  /**
   * Of images, which may have several sizes.
   *
   * @param count number of images
   * @param images gives an image by its number, each once and in order
   * @param patches measures patches of the images instead
   * @throws IllegalArgumentException if there are fewer than two vectors, or an image is smaller
   *     than a patch
   */
  public static SetStatistics of(
      int count,
      IntFunction<RgbImage> images,
      Optional<Patches> patches,
      InceptionFeatures inception,
      String source) {
    Collector collector = new Collector(inception);
    for (int n = 0; n < count; n++) {
      RgbImage image = images.apply(n);
      if (patches.isEmpty()) {
        collector.add(image);
      } else {
        for (int i = 0; i < patches.get().count(image); i++) {
          collector.add(patches.get().patch(image, i));
        }
      }
    }
    return collector.finish(source);
  }

  /** A warning where there are no more vectors than dimensions, which makes distances too large. */
  public Optional<String> warning() {
    if (vectors.isEmpty() || vectors.getAsLong() > statistics.dimensions()) {
      return Optional.empty();
    }
    return Optional.of(
        message(
            "%s: %d feature vectors for %d dimensions: the covariance is singular, and the distance"
                + " depends on the number of images",
            source, vectors.getAsLong(), statistics.dimensions()));
  }

  /** Batches of images of one size. */
  private static final class Collector {
    private final InceptionFeatures inception;
    private final List<RgbImage> batch = new ArrayList<>();
    private Optional<FeatureStatistics.Accumulator> accumulator = Optional.empty();

    Collector(InceptionFeatures inception) {
      this.inception = inception;
    }

    void add(RgbImage image) {
      if (!batch.isEmpty()
          && (batch.size() == BATCH
              || batch.get(0).height() != image.height()
              || batch.get(0).width() != image.width())) {
        flush();
      }
      batch.add(image);
    }

    private void flush() {
      float[] features = inception.of(batch);
      if (accumulator.isEmpty()) {
        int dimensions = features.length / batch.size();
        accumulator = Optional.of(new FeatureStatistics.Accumulator(dimensions));
      }
      accumulator.get().add(features);
      batch.clear();
    }

    SetStatistics finish(String source) {
      if (!batch.isEmpty()) {
        flush();
      }
      FeatureStatistics.Accumulator all =
          accumulator.orElseThrow(
              () -> new IllegalArgumentException(source + ": expected images, found none"));
      try {
        return new SetStatistics(all.finish(), OptionalLong.of(all.count()), source);
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(source + ": " + e.getMessage(), e);
      }
    }
  }
}
