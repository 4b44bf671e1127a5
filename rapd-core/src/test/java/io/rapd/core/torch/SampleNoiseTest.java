package io.rapd.core.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SampleNoiseTest {
  private final NDManager manager = NDManager.newBaseManager();

  @AfterEach
  void close() {
    manager.close();
  }

  private float[] draw(Shape sample, long... seeds) {
    return SampleNoise.normal(manager, seeds, sample).toFloatArray();
  }

  @Test
  void aSampleDoesNotDependOnTheOthers() {
    Shape sample = new Shape(3, 5, 4);
    float[] all = draw(sample, 7, -8, Long.MAX_VALUE);
    assertThat(draw(sample, -8)).isEqualTo(Arrays.copyOfRange(all, 60, 120));
    assertThat(draw(sample, Long.MAX_VALUE, 7))
        .startsWith(Arrays.copyOfRange(all, 120, 180))
        .endsWith(Arrays.copyOfRange(all, 0, 60));
  }

  @Test
  void valuesAreNormalAndSamplesIndependent() {
    int size = 20_000;
    float[] all = draw(new Shape(size), 1, 2);
    double[] x = IntStream.range(0, size).mapToDouble(i -> all[i]).toArray();
    double[] y = IntStream.range(0, size).mapToDouble(i -> all[size + i]).toArray();
    double tolerance = 5 / Math.sqrt(size);
    assertThat(Arrays.stream(x).average().orElseThrow()).isCloseTo(0, within(tolerance));
    assertThat(Arrays.stream(x).map(v -> v * v).average().orElseThrow())
        .isCloseTo(1, within(2 * tolerance));
    assertThat(IntStream.range(0, size).mapToDouble(i -> x[i] * y[i]).average().orElseThrow())
        .isCloseTo(0, within(tolerance));
  }

  /** Neighbouring seeds; the first value of each sample. */
  @Test
  void scalarsOfManySeedsAreNormal() {
    long[] seeds = IntStream.range(0, 4_000).mapToLong(i -> i).toArray();
    NDArray drawn = SampleNoise.normal(manager, seeds, new Shape());
    assertThat(drawn.getShape()).isEqualTo(new Shape(4_000));
    float[] x = drawn.toFloatArray();
    assertThat(IntStream.range(0, x.length).mapToDouble(i -> x[i]).average().orElseThrow())
        .isCloseTo(0, within(0.08));
    assertThat(IntStream.range(0, x.length).mapToDouble(i -> x[i] * x[i]).average().orElseThrow())
        .isCloseTo(1, within(0.12));
  }

  @Test
  void theNoiseBelongsToTheManagerAlone() {
    int before = manager.getManagedArrays().size();
    NDArray noise = SampleNoise.normal(manager, new long[] {1, 2}, new Shape(2, 3));
    assertThat(noise.getShape()).isEqualTo(new Shape(2, 2, 3));
    assertThat(noise.getManager()).isSameAs(manager);
    assertThat(manager.getManagedArrays()).hasSize(before + 1);
  }
}
