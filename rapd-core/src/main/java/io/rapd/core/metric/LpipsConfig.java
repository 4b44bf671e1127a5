package io.rapd.core.metric;

import static io.rapd.core.config.Check.check;

import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.rapd.core.torch.Precision;
import java.nio.file.Path;
import java.util.Optional;

/** Whether LPIPS is part of a loss. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
  @JsonSubTypes.Type(value = LpipsConfig.None.class, name = "none"),
  @JsonSubTypes.Type(value = LpipsConfig.Vgg16.class, name = "vgg16")
})
public sealed interface LpipsConfig {
  /** The weight w_lpips; 0 without LPIPS. */
  double weight();

  /**
   * Bytes per pixel that differentiating the distance holds at its peak, counted from the kernels:
   * the features of the prediction at five scales, the indices of the pools, and the terms of the
   * heads in float32.
   */
  default long trainingBytesPerPixel(Precision precision) {
    return 0;
  }

  /** The number of frozen weights. */
  default long parameters() {
    return 0;
  }

  /**
   * Loads the network.
   *
   * @throws IllegalArgumentException if the weights are missing (the message says how to get them)
   *     or damaged
   */
  Optional<Lpips> load(Precision precision, NDManager manager);

  /** Where the network's weights lie; empty without LPIPS. */
  Optional<Path> weights();

  /** No LPIPS. */
  record None() implements LpipsConfig {
    @Override
    public Optional<Path> weights() {
      return Optional.empty();
    }

    @Override
    public double weight() {
      return 0;
    }

    @Override
    public Optional<Lpips> load(Precision precision, NDManager manager) {
      return Optional.empty();
    }
  }

  /**
   * LPIPS on torchvision's VGG16.
   *
   * @param path {@code vgg16.safetensors}, its folder, or torchvision's {@code vgg16-397923af.pth}
   * @param weight w_lpips; 1 by default
   */
  record Vgg16(String path, double weight) implements LpipsConfig {
    /** Features per pixel: 2 x 64, (64 + 2 x 128) / 4, (128 + 3 x 256) / 16 and so on. */
    private static final long FEATURES = 128 + 16 + 64 + 8 + 48 + 4 + 24 + 2 + 6;

    /** Eight bytes for each pooled value. */
    private static final long POOL_INDICES = 8 * (16 + 8 + 4 + 2);

    /** Values per pixel at the five taps. */
    private static final long TAPS = 64 + 32 + 16 + 8 + 2;

    public Vgg16 {
      check(weight > 0, "lpips.weight must be positive, got %s", weight);
    }

    @Override
    public long trainingBytesPerPixel(Precision precision) {
      boolean half = precision == Precision.BFLOAT16;
      return FEATURES * (half ? 2 : 4) + POOL_INDICES + TAPS * (half ? 12 : 8);
    }

    @Override
    public long parameters() {
      return 14_714_688;
    }

    @Override
    public Optional<Path> weights() {
      return Optional.of(Path.of(path));
    }

    @Override
    public Optional<Lpips> load(Precision precision, NDManager manager) {
      return Optional.of(Lpips.load(Path.of(path), precision, manager));
    }
  }
}
