package io.rapd.eval.latent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.nif.LatentStatistics;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class PooledLatentsTest {
  private final LatentStatistics statistics =
      new LatentStatistics(List.of(1.0, -2.0), List.of(2.0, 0.5));

  @Test
  void everyCellIsTheMeanOfItsNormalisedValues() {
    int height = 4;
    int width = 6;
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray latent = manager.arange(2f * height * width).reshape(new Shape(1, 2, height, width));
      float[] pooled = new PooledLatents(statistics, 2).of(latent);
      assertThat(pooled).hasSize(2 * 2 * 2);
      double[][] parameters = {{1, 2}, {-2, 0.5}};
      for (int c = 0; c < 2; c++) {
        for (int cell = 0; cell < 4; cell++) {
          double sum = 0;
          for (int i = 0; i < 6; i++) {
            int y = cell / 2 * 2 + i / 3;
            int x = cell % 2 * 3 + i % 3;
            sum += ((c * height + y) * width + x - parameters[c][0]) / parameters[c][1];
          }
          assertThat((double) pooled[c * 4 + cell]).isCloseTo(sum / 6, Offset.offset(1e-4));
        }
      }
      assertThatThrownBy(() -> new PooledLatents(statistics, 4).of(latent))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("divisible into 4 x 4 cells, got 4 x 6");
    }
  }
}
