package io.rapd.train.loop;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** How the learning rate falls from {@code learningRate} to {@code finalRate} after warm-up. */
public enum Schedule {
  /** Not at all. */
  CONSTANT {
    @Override
    double remaining(double progress) {
      return 1;
    }
  },
  /** Along a half cosine. */
  COSINE {
    @Override
    double remaining(double progress) {
      return 0.5 * (1 + Math.cos(Math.PI * progress));
    }
  },
  /** By the same amount in each step. */
  LINEAR {
    @Override
    double remaining(double progress) {
      return 1 - progress;
    }
  };

  /**
   * The share of {@code learningRate - finalRate} that is left.
   *
   * @param progress from 0 at the end of warm-up to 1 at the last step
   */
  abstract double remaining(double progress);

  /** The name in configurations: {@code constant}, {@code cosine} or {@code linear}. */
  @JsonValue
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
