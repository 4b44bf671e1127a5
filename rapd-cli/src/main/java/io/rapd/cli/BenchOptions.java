package io.rapd.cli;

import io.rapd.core.checkpoint.AtomicFile;
import io.rapd.core.config.ConfigFile;
import io.rapd.eval.report.HtmlPage;
import io.rapd.eval.report.ResultTable;
import io.rapd.train.command.ComputeOptions;
import io.rapd.train.stage1.Stage1Config;
import io.rapd.train.stage2.Stage2Config;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The sizes of the model to time, and where the table goes, as a picocli mixin. */
final class BenchOptions {
  @Option(
      names = "--stage1",
      paramLabel = "FILE",
      description = "configuration of stage 1, for the field's sizes (default: the demo's)")
  private @Nullable Path stage1;

  @Option(
      names = "--stage2",
      paramLabel = "FILE",
      description = "configuration of stage 2, for the denoiser's sizes (default: the demo's)")
  private @Nullable Path stage2;

  @Option(
      names = "--runs",
      defaultValue = "5",
      paramLabel = "N",
      description =
          "runs of each part, in turn, after one that warms up (default: ${DEFAULT-VALUE})")
  private int runs = 5;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "also write table.csv, table.md and report.html there (default: print alone)")
  private @Nullable Path out;

  @Mixin private ComputeOptions compute = new ComputeOptions();

  Stage1Config stage1() {
    return stage1 == null
        ? Demo.config("demo-stage1.json", Stage1Config.class, List.of())
        : ConfigFile.read(stage1, Stage1Config.class, List.of());
  }

  Stage2Config stage2() {
    return stage2 == null
        ? Demo.config("demo-stage2.json", Stage2Config.class, List.of())
        : ConfigFile.read(stage2, Stage2Config.class, List.of());
  }

  int runs() {
    return runs;
  }

  ComputeOptions compute() {
    return compute;
  }

  /** Makes sure that the output folder can be written to. */
  void prepare() {
    if (out != null) {
      OutputFolder.open(out);
    }
  }

  /** Prints a table with what was measured where, and writes it. */
  void report(String title, ResultTable table, Map<String, String> facts) {
    facts.forEach((name, value) -> System.out.println(name + ": " + value));
    System.out.println();
    System.out.print(table.markdown());
    if (out != null) {
      AtomicFile.write(out.resolve("table.csv"), table.csv());
      AtomicFile.write(out.resolve("table.md"), table.markdown());
      Path page = out.resolve("report.html");
      new HtmlPage(title).facts(facts).table(table).write(page);
      System.out.println(page);
    }
  }
}
