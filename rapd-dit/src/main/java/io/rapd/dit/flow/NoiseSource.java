package io.rapd.dit.flow;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.annotation.JsonValue;
import io.rapd.core.torch.RandomStream;
import io.rapd.core.torch.TorchRandn;
import java.util.Locale;

/** How a seed becomes the noise that sampling starts from. */
public enum NoiseSource {
  /** This library's own {@link RandomStream}. */
  RANDOM_STREAM {
    @Override
    public NDArray draw(NDManager manager, Shape shape, long seed) {
      return RandomStream.of(seed, "noise", 0).normal(manager, shape);
    }
  },
  /** {@code torch.randn} with a CPU generator of that seed, to compare images with PyTorch's. */
  TORCH_RANDN {
    @Override
    public NDArray draw(NDManager manager, Shape shape, long seed) {
      return TorchRandn.normal(manager, shape, seed);
    }
  };

  /** Independent N(0, 1) values of that shape, float32, on the manager. */
  public abstract NDArray draw(NDManager manager, Shape shape, long seed);

  /** The name in configurations and commands: {@code random_stream} or {@code torch_randn}. */
  @JsonValue
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
