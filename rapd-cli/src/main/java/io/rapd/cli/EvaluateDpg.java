package io.rapd.cli;

import io.rapd.eval.benchmark.DpgBench;
import io.rapd.eval.benchmark.SampleFolder.Layout;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code rapd evaluate dpg}. */
@Command(
    name = "dpg",
    sortOptions = false,
    resourceBundle = "io.rapd.cli.help",
    description = {
      "Generates the samples of DpgBench in the layout that its scorer reads, OUT/WIDTHxHEIGHT for"
          + " each size, all from the same latents; seeds are recorded in OUT/seeds.csv. Called"
          + " again, it continues where it was stopped. The scorer's results become a table with"
          + " rapd evaluate dpg-scores."
    })
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
  static final class Scores implements Runnable {
    @Option(
        names = "--results",
        required = true,
        paramLabel = "FILE",
        description = "what the scorer wrote")
    private Path results = Path.of("");

    @Override
    public void run() {
      System.out.println(BenchmarkOptions.row(DpgBench.scores(results)));
    }
  }
}
