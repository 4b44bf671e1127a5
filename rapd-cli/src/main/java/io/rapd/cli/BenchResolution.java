package io.rapd.cli;

import static io.rapd.core.config.Check.check;
import static io.rapd.core.text.Messages.message;

import ai.djl.ndarray.NDManager;
import io.rapd.core.torch.NativeRuntime;
import io.rapd.dit.DenoiserConfig;
import io.rapd.eval.bench.ResolutionBench;
import io.rapd.train.command.Progress;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code rapd bench resolution}. */
@Command(
    name = "resolution",
    sortOptions = false,
    description = {
      "Times an image over its size, for the field and for a denoiser of pixels of the same width"
          + " and depth (the paper's table 3), and prints by which power of the side both grow.",
      "One evaluation of each denoiser is timed and multiplied by --evaluations. The paper's sizes"
          + " are 512 to 4096 with configs/rapd-stage1.json and rapd-stage2.json; those of a smaller"
          + " model begin where both denoisers have the same number of tokens."
    })
final class BenchResolution implements Runnable {
  private static final int PAPERS_SMALLEST = 512;

  @Option(
      names = "--sizes",
      split = ",",
      paramLabel = "N",
      description =
          "pixels per side, multiples of 16 (default: 16 times the side of the denoiser's token"
              + " grid, doubled three times)")
  private List<Integer> sizes = List.of();

  @Option(
      names = "--evaluations",
      defaultValue = "50",
      paramLabel = "N",
      description = "of the denoiser per image: 25 guided steps (default: ${DEFAULT-VALUE})")
  private int evaluations = 50;

  @Mixin private BenchOptions options = new BenchOptions();

  @Override
  public void run() {
    DenoiserConfig denoiser = options.stage2().denoiser();
    List<Integer> chosen = sizes.isEmpty() ? ResolutionBench.sizesOf(denoiser) : sizes;
    check(evaluations >= 1, "--evaluations must be positive, got %d", evaluations);
    options.prepare();
    ResolutionBench bench =
        new ResolutionBench(options.stage1().nif(), denoiser, chosen, evaluations);
    try (NDManager memory = NativeRuntime.newManager(options.compute().device());
        Progress progress = new Progress("bench")) {
      List<ResolutionBench.Row> rows =
          bench.run(
              options.runs(),
              options.compute().precision(),
              memory,
              done -> progress.at("round", done, options.runs()));
      progress.close();
      Map<String, String> facts = new LinkedHashMap<>();
      facts.put("computed on", options.compute().describe());
      facts.put("runs", String.valueOf(options.runs()));
      facts.put("denoising", message("%d evaluations, one of them timed", evaluations));
      if (chosen.get(0) != PAPERS_SMALLEST) {
        facts.put(
            "scaled down",
            message(
                "from the paper's 512 to 4096 to %d to %d, with a model of width %d and %d blocks",
                chosen.get(0), chosen.get(chosen.size() - 1), denoiser.width(), denoiser.depth()));
      }
      options.report("Time over resolution", bench.table(rows), facts);
    }
  }
}
