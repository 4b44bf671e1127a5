package io.rapd.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BenchTest {
  @TempDir private Path folder;

  @Test
  void everyPartOfTheDemosModelIsTimed() throws IOException {
    Invocation call =
        Invocation.of(
            "bench", "--runs", "1", "--size", "32", "--batch", "1", "--out", folder.toString());
    assertThat(call.status()).as(call.err()).isZero();
    List<String> rows = call.out().lines().filter(line -> line.startsWith("| ")).toList();
    assertThat(rows).hasSize(1 + 8);
    assertThat(rows.get(1)).startsWith("| matrix product | 1024 x 1024 | ").contains("| 100 % |");
    assertThat(String.join("\n", rows))
        .contains("| text encoder | 16 tokens | ")
        .contains("| denoiser, one evaluation | 64 tokens | ")
        .contains("| sampler | 25 steps, 49 evaluations | ")
        .contains("| encoder | 64 x 64 pixels | ")
        .contains("| renderer | 32 x 32 pixels | ")
        .contains("| training step, stage 1 | 32 to 64 pixels per side | ")
        .contains("| training step, stage 2 | 1 x 64 tokens | ");
    assertThat(Files.readAllLines(folder.resolve("table.csv"))).hasSize(1 + 8);
    assertThat(folder.resolve("report.html")).exists();
  }

  @Test
  void theFieldsTokensDoNotGrowAndThoseOfPixelsDo() {
    Invocation call =
        Invocation.of(
            "bench", "resolution", "--runs", "1", "--sizes", "32,64", "--evaluations", "2");
    assertThat(call.status()).as(call.err()).isZero();
    List<String> rows = call.out().lines().filter(line -> line.startsWith("| ")).toList();
    assertThat(rows).hasSize(1 + 3);
    assertThat(rows.get(1)).startsWith("| 32 x 32 | 64 | ").contains(" | 4 | ");
    assertThat(rows.get(2)).startsWith("| 64 x 64 | 64 | ").contains(" | 16 | ");
    assertThat(rows.get(3)).startsWith("| exponent | 0 | 0 | ");
    assertThat(call.out()).contains("scaled down: from the paper's 512 to 4096 to 32 to 64");
  }

  @Test
  void badInputIsToldInOneLine() {
    RapdTest.refused(Invocation.of("bench", "--runs", "0", "--only", "encoder"), "runs must be");
    RapdTest.refused(Invocation.of("bench", "--size", "0"), "--size must be positive");
    RapdTest.refused(Invocation.of("bench", "--only", "decoder"), "--only");
    RapdTest.refused(Invocation.of("bench", "--stage1", "none.json"), "none.json: no such file");
    RapdTest.refused(Invocation.of("bench", "resolution", "--sizes", "20,40"), "multiples of 16");
  }
}
