package io.rapd.train.loop;

import io.rapd.core.checkpoint.torch.PublishedWeights;
import java.nio.file.Files;
import java.nio.file.Path;

/** The size of networks that are loaded and not trained, without reading their values. */
public final class FrozenWeights {
  private FrozenWeights() {}

  /**
   * The number of values.
   *
   * @param path as {@link PublishedWeights#open} takes it
   * @param published of the network that the paper uses, for a path where nothing lies yet
   */
  public static long count(String path, long published) {
    Path place = Path.of(path);
    if (!Files.exists(place)) {
      return published;
    }
    try (PublishedWeights weights = PublishedWeights.open(place)) {
      return weights.names().stream()
          .filter(name -> !name.startsWith("lm_head")) // of Qwen3; only the states are used
          .mapToLong(name -> weights.shape(name).size())
          .sum();
    } catch (IllegalArgumentException e) {
      return published; // loading says what is wrong with it
    }
  }
}
