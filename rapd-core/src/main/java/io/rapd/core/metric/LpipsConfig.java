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
   * Loads the network.
   *
   * @throws IllegalArgumentException if the weights are missing (the message says how to get them)
   *     or damaged
   */
  Optional<Lpips> load(Precision precision, NDManager manager);

  /** No LPIPS. */
  record None() implements LpipsConfig {
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
    public Vgg16 {
      check(weight > 0, "lpips.weight must be positive, got %s", weight);
    }

    @Override
    public Optional<Lpips> load(Precision precision, NDManager manager) {
      return Optional.of(Lpips.load(Path.of(path), precision, manager));
    }
  }
}
