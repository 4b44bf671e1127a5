package io.rapd.cli;

import io.rapd.eval.benchmark.DpgBench;
import io.rapd.eval.benchmark.SampleFolder.Layout;
import java.nio.file.Path;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code rapd evaluate dpg}. */
@Command(
    name = "dpg",
    sortOptions = false,
    resourceBundle = "io.rapd.cli.help",
    description = BenchmarkOptions.DESCRIPTION)
final class EvaluateDpg implements Runnable {
  @Option(
      names = "--prompts",
      required = true,
      paramLabel = "DIR",
      description = "the benchmark's prompts, NAME.txt each")
  private Path prompts = Path.of("");

  @Mixin private BenchmarkOptions options = new BenchmarkOptions();

  @Override
  public void run() {
    options.generate(DpgBench.prompts(prompts), options.flat() ? Layout.DPG_FLAT : Layout.DPG);
  }

  /** {@code rapd evaluate dpg-scores}. */
  @Command(
      name = "dpg-scores",
      description = "Prints the results of the benchmark's scorer as a row of the paper's table.")
  static final class Scores extends BenchmarkScores {
    @Override
    Map<String, Double> read(Path file) {
      return DpgBench.scores(file);
    }
  }
}
