package io.rapd.eval.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rapd.dit.DenoiserConfig;
import io.rapd.eval.bench.ResolutionBench.Row;
import io.rapd.nif.NifConfig;
import io.rapd.nif.encoder.EdsrConfig;
import io.rapd.nif.render.CqarConfig;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class ResolutionBenchTest {
  private final NifConfig nif =
      new NifConfig(new EdsrConfig(16, 8, 1), new CqarConfig(256, 4, 8, 4, 4));

  private ResolutionBench bench(List<Integer> sizes) {
    return new ResolutionBench(nif, DenoiserConfig.paper(), sizes, 50);
  }

  @Test
  void thePapersSizesFollowFromItsDenoiser() {
    assertThat(ResolutionBench.sizesOf(DenoiserConfig.paper()))
        .containsExactly(512, 1024, 2048, 4096);
  }

  @Test
  void exponentsAreThoseOfTheTimes() {
    ResolutionBench bench = bench(List.of(512, 1024, 2048));
    assertThat(bench.exponent(List.of(1.0, 4.0, 16.0))).isCloseTo(2, Offset.offset(1e-9));
    assertThat(bench.exponent(List.of(3.0, 3.0, 3.0))).isCloseTo(0, Offset.offset(1e-9));
    List<Row> rows =
        List.of(
            new Row(512, 0.1, 1, 1024, 0.1),
            new Row(1024, 0.1, 4, 4096, 1.6),
            new Row(2048, 0.1, 16, 16384, 25.6));
    List<List<String>> table = bench.table(rows).rows();
    assertThat(table.get(0))
        .containsExactly("512 x 512", "1024", "5.000", "1.000", "6.000", "1024", "5.000", "0.83");
    assertThat(table.get(3).get(3)).isEqualTo("2.00");
    assertThat(table.get(3).get(6)).isEqualTo("4.00");
  }

  @Test
  void sizesWithoutAGrowthAreRefused() {
    assertThatThrownBy(() -> bench(List.of(512))).hasMessageContaining("at least 2 sizes");
    assertThatThrownBy(() -> bench(List.of(512, 1000)))
        .hasMessageContaining("multiples of 16, got");
    assertThatThrownBy(() -> bench(List.of(512, 512))).hasMessageContaining("ascending");
  }
}
