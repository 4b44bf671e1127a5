package io.rapd.cli;

import java.nio.file.Path;
import java.util.Map;
import picocli.CommandLine.Option;

/** {@code geneval-scores} and {@code dpg-scores}: the results of a scorer as a row of a table. */
abstract class BenchmarkScores implements Runnable {
  @Option(
      names = "--results",
      required = true,
      paramLabel = "FILE",
      description = "what the scorer wrote")
  private Path results = Path.of("");

  /** Percentages by column. */
  abstract Map<String, Double> read(Path file);

  @Override
  public final void run() {
    System.out.println(BenchmarkOptions.row(read(results)));
  }
}
