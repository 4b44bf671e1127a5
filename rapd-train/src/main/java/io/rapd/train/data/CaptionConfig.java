package io.rapd.train.data;

import static io.rapd.core.config.Check.check;

import io.rapd.core.config.Default;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * What is done to captions in training.
 *
 * @param prefixes drawn uniformly and put before short captions, such as {@code "A photo of "};
 *     {@code ""} keeps a share as they are
 * @param prefixBelow captions of fewer words than this are short
 */
public record CaptionConfig(@Default("[]") List<String> prefixes, @Default("10") int prefixBelow) {
  /** Captions as they are. */
  public static final CaptionConfig DEFAULT = new CaptionConfig(List.of(), 10);

  public CaptionConfig {
    check(prefixBelow > 0, "caption.prefixBelow must be positive, got %d", prefixBelow);
    prefixes = List.copyOf(prefixes);
  }

  String apply(String caption, RandomGenerator random) {
    if (prefixes.isEmpty() || caption.strip().split("\\s+").length >= prefixBelow) {
      return caption;
    }
    return prefixes.get(random.nextInt(prefixes.size())) + caption;
  }
}
