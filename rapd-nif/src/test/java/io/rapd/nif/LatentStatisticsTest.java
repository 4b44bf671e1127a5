package io.rapd.nif;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.torch.RandomStream;
import org.junit.jupiter.api.Test;

class LatentStatisticsTest {
  @Test
  void normalizedLatentsHaveMeanZeroAndDeviationOneWhateverTheBatches() {
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray z =
          RandomStream.of(1, "z", 0)
              .normal(manager, new Shape(5, 3, 4, 6))
              .mul(manager.create(new float[] {1, 7, 0.1f}, new Shape(1, 3, 1, 1)))
              .add(100);
      LatentStatistics.Accumulator all = new LatentStatistics.Accumulator(3);
      all.add(z);
      LatentStatistics.Accumulator parts = new LatentStatistics.Accumulator(3);
      parts.add(z.get("0:2"));
      parts.add(z.get("2:5"));
      LatentStatistics statistics = parts.finish();
      for (int c = 0; c < 3; c++) {
        assertThat(statistics.mean().get(c)).isCloseTo(all.finish().mean().get(c), within(1e-9));
        assertThat(statistics.std().get(c)).isCloseTo(all.finish().std().get(c), within(1e-9));
      }
      NDArray normal = statistics.normalize(z);
      assertThat(normal.mean().getFloat()).isCloseTo(0, within(1e-3f));
      assertThat(normal.square().mean().getFloat()).isCloseTo(1, within(1e-3f));
      assertThat(statistics.denormalize(normal).sub(z).abs().max().getFloat()).isLessThan(1e-4f);
      assertThatThrownBy(() -> statistics.normalize(manager.zeros(new Shape(1, 4, 2, 2))))
          .hasMessageContaining("(B, 3, H, W)");
    }
  }
}
