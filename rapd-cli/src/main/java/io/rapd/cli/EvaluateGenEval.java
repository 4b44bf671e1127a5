package io.rapd.cli;

import io.rapd.eval.benchmark.GenEval;
import io.rapd.eval.benchmark.SampleFolder.Layout;
import java.nio.file.Path;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code rapd evaluate geneval}. */
@Command(
    name = "geneval",
    sortOptions = false,
    resourceBundle = "io.rapd.cli.help",
    description = BenchmarkOptions.DESCRIPTION)
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
  static final class Scores extends BenchmarkScores {
    @Override
    Map<String, Double> read(Path file) {
      return GenEval.scores(file);
    }
  }
}
