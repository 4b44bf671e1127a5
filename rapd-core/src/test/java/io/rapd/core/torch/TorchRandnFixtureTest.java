package io.rapd.core.torch;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import io.rapd.core.fixture.Fixture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TorchRandnFixtureTest {
  /** libtorch's logarithm and cosine round differently on processors without AVX2. */
  private static final double TOLERANCE = 1e-6;

  @Test
  void noiseOfASeedIsPyTorchs() {
    Fixture fixture = Fixture.load("torch_randn");
    try (NDManager manager = NDManager.newBaseManager()) {
      for (JsonNode one : fixture.config().get("cases")) {
        long seed = one.get(0).asLong();
        long[] shape = new long[one.get(1).size()];
        for (int i = 0; i < shape.length; i++) {
          shape[i] = one.get(1).get(i).asLong();
        }
        NDArray noise = TorchRandn.normal(manager, new Shape(shape), seed);
        assertThat(noise.getShape()).isEqualTo(new Shape(shape));
        Fixture.assertClose(
            "seed " + seed, noise.toFloatArray(), fixture.floats("out.seed" + seed), TOLERANCE);
      }
    }
  }

  @Test
  void callsDoNotDisturbEachOther() {
    try (NDManager manager = NDManager.newBaseManager()) {
      float[] first = TorchRandn.normal(manager, new Shape(40), 3).toFloatArray();
      assertThat(
              IntStream.range(0, 200)
                  .parallel()
                  .mapToObj(
                      i -> {
                        try (NDManager own = NDManager.newBaseManager()) {
                          return TorchRandn.normal(own, new Shape(40), 3 + i % 2).toFloatArray();
                        }
                      })
                  .filter(values -> java.util.Arrays.equals(values, first)))
          .hasSize(100);
    }
  }

  @Test
  void theNoiseBelongsToTheManagerAlone() {
    try (NDManager manager = NDManager.newBaseManager()) {
      int before = manager.getManagedArrays().size();
      NDArray noise = TorchRandn.normal(manager, new Shape(2, 3), 1);
      assertThat(manager.getManagedArrays()).hasSize(before + 1);
      assertThat(noise.getManager()).isSameAs(manager);
    }
  }
}
