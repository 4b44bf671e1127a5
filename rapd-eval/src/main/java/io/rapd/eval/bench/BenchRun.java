package io.rapd.eval.bench;

import static io.rapd.core.config.Check.check;
import static io.rapd.core.text.Messages.message;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.torch.GradMode;
import io.rapd.core.torch.RandomStream;
import io.rapd.eval.report.ResultTable;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.IntConsumer;

/** Times tasks in turn, so that what else the machine does disturbs all of them alike. */
public final class BenchRun {
  private static final int CPU_PRODUCT = 1024;
  private static final int GPU_PRODUCT = 8192;

  private BenchRun() {}

  /** A product of two square float32 matrices, which is what the machine does best. */
  public static BenchTask product(NDManager memory) {
    Device device = memory.getDevice();
    int side = device.isGpu() ? GPU_PRODUCT : CPU_PRODUCT;
    Shape shape = new Shape(side, side);
    NDArray a = RandomStream.of(1, "bench", 0).normal(memory, shape);
    NDArray b = RandomStream.of(1, "bench", 1).normal(memory, shape);
    return new BenchTask(
        "matrix product",
        message("%d x %d", side, side),
        2.0 * side * side * side,
        scope -> {
          NDArray product = a.matMul(b);
          product.attach(scope);
          product.get(0).getFloat(0); // waits for a GPU
        });
  }

  /**
   * Runs each task once to warm up, then all of them in turn.
   *
   * @param runs rounds that count, at least 1
   * @param listener is told the number of rounds done
   */
  public static List<BenchResult> measure(
      List<BenchTask> tasks, int runs, NDManager memory, IntConsumer listener) {
    check(runs >= 1, "the number of runs must be positive, got %d", runs);
    double[][] seconds = new double[tasks.size()][runs];
    List<OptionalLong> peaks = new ArrayList<>();
    for (BenchTask task : tasks) {
      boolean counts = ResidentMemory.reset();
      run(task, memory);
      peaks.add(counts ? ResidentMemory.peak() : OptionalLong.empty());
    }
    for (int round = 0; round < runs; round++) {
      for (int t = 0; t < tasks.size(); t++) {
        seconds[t][round] = run(tasks.get(t), memory);
      }
      listener.accept(round + 1);
    }
    List<BenchResult> results = new ArrayList<>();
    for (int t = 0; t < tasks.size(); t++) {
      results.add(BenchResult.of(tasks.get(t), seconds[t], peaks.get(t)));
    }
    return results;
  }

  private static double run(BenchTask task, NDManager memory) {
    long start = System.nanoTime();
    try (GradMode off = GradMode.disabled();
        NDManager scope = memory.newSubManager()) {
      task.body().accept(scope);
    }
    return (System.nanoTime() - start) / 1e9;
  }

  /**
   * A row per task.
   *
   * @param results the first one is the matrix product
   */
  public static ResultTable table(List<BenchResult> results) {
    ResultTable table =
        new ResultTable(
            2,
            List.of(
                "part",
                "size",
                "median s",
                "fastest s",
                "slowest s",
                "GFLOP/s",
                "of the product",
                "peak MB"));
    double most = rate(results.get(0));
    for (BenchResult result : results) {
      boolean counted = result.task().flops() > 0;
      table.row(
          List.of(
              result.task().name(),
              result.task().size(),
              message("%.4f", result.median()),
              message("%.4f", result.fastest()),
              message("%.4f", result.slowest()),
              counted ? message("%.1f", rate(result) / 1e9) : "-",
              counted ? message("%.0f %%", 100 * rate(result) / most) : "-",
              result.peak().isPresent() ? message("%.0f", result.peak().getAsLong() / 1e6) : "-"));
    }
    return table;
  }

  private static double rate(BenchResult result) {
    return result.task().flops() / result.median();
  }
}
