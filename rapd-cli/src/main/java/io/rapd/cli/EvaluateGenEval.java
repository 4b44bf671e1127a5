package io.rapd.cli;

import io.rapd.eval.benchmark.GenEval;
import io.rapd.eval.benchmark.SampleFolder.Layout;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code rapd evaluate geneval}. */
@Command(
    name = "geneval",
    sortOptions = false,
    resourceBundle = "io.rapd.cli.help",
    description = {
      "Generates the samples of GenEval in the layout that its scorer reads, OUT/WIDTHxHEIGHT for"
          + " each size, all from the same latents; seeds are recorded in OUT/seeds.csv. Called"
          + " again, it continues where it was stopped. The scorer's results become a table with"
          + " rapd evaluate geneval-scores."
    })
final class EvaluateGenEval implements Runnable {
  @Option(
      names = "--prompts",
      required = true,
      paramLabel = "FILE",
      description = "the benchmark's prompts, evaluation_metadata.jsonl")
  private Path prompts = Path.of("");

  @Mixin private BenchmarkOptions options = new BenchmarkOptions();

  @Override
  public void run() {
    options.generate(
        GenEval.prompts(prompts), options.flat() ? Layout.GENEVAL_FLAT : Layout.GENEVAL);
  }

  /** {@code rapd evaluate geneval-scores}. */
  @Command(
      name = "geneval-scores",
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
      System.out.println(BenchmarkOptions.row(GenEval.scores(results)));
    }
  }
}
