import ai.djl.Device;
import io.rapd.core.config.ConfigFile;
import io.rapd.train.loop.RunStatus;
import io.rapd.train.stage2.Stage2Config;
import io.rapd.train.stage2.Stage2Training;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import javax.management.ObjectName;

/**
 * Memory over the steps of a small stage 2 with logs, previews, held-out measurements and
 * checkpoints: a CSV file and a plot. scripts/measure-memory starts it with a heap of fixed size, so
 * that what grows is not Java's.
 */
public final class MeasureMemory {
  private static final int SAMPLES = 100;
  private static final int WIDTH = 640;
  private static final int HEIGHT = 150;
  private static final int LEFT = 70;

  /**
   * @param resident memory of the process in MB
   * @param heap in use after a collection, in MB
   * @param arrays that Java holds
   */
  private record Sample(long step, double resident, double heap, double arrays) {}

  public static void main(String[] arguments) throws Exception {
    int steps = Integer.parseInt(arguments[0]);
    Path folder = Files.createTempDirectory("rapd-memory");
    Path run = folder.resolve("run");
    Stage2Config config =
        ConfigFile.read(
            Path.of("configs/demo-stage2.json"),
            Stage2Config.class,
            List.of(
                "data.train=validation", // few images: caches are full soon
                "field=models/emoji-field",
                "denoiser={\"channels\": 8, \"latentSize\": 16, \"patchSize\": 4, \"width\": 32,"
                    + " \"depth\": 2, \"heads\": 2, \"bottleneck\": 16, \"mlpRatio\": 2,"
                    + " \"textBlocks\": 1, \"textWidth\": 384, \"textTokens\": 8}",
                "repa.block=1",
                "text.maxTokens=8",
                "generator=torch",
                "microBatch=2",
                "preview.size=32",
                "validation.every=500",
                "validation.images=8",
                "loop.steps=" + steps,
                "loop.batchSize=2",
                "loop.logEvery=20",
                "loop.checkpointEvery=500",
                "loop.previewEvery=500",
                "loop.maxMinutes=0"));
    Path csv = Path.of(arguments[1]);
    Path svg = Path.of(arguments[2]);
    Thread watch = new Thread(() -> watch(run, steps, csv, svg), "memory");
    watch.setDaemon(true);
    watch.start();
    new Stage2Training(config, Device.cpu()).run(run, false);
    watch.interrupt();
    watch.join();
    System.out.println(csv + ", " + svg);
  }

  private static void watch(Path run, int steps, Path csv, Path svg) {
    List<Sample> samples = new ArrayList<>();
    long next = 1;
    try {
      while (true) {
        Thread.sleep(100);
        long step = Files.exists(run.resolve("metrics.jsonl")) ? RunStatus.of(run).step() : 0;
        if (step >= next) {
          samples.add(sample(step));
          next = step + Math.max(1, steps / SAMPLES);
          Files.writeString(csv, csv(samples));
          Files.writeString(svg, svg(samples, step));
        }
      }
    } catch (InterruptedException e) {
      return; // trained
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static String csv(List<Sample> samples) {
    StringBuilder csv = new StringBuilder("step,resident MB,heap MB,arrays\n");
    for (Sample sample : samples) {
      csv.append(
          String.format(
              Locale.ROOT,
              "%d,%.1f,%.1f,%.0f%n",
              sample.step(),
              sample.resident(),
              sample.heap(),
              sample.arrays()));
    }
    return csv.toString();
  }

  private static Sample sample(long step) throws Exception {
    String histogram =
        (String)
            ManagementFactory.getPlatformMBeanServer()
                .invoke(
                    new ObjectName("com.sun.management:type=DiagnosticCommand"),
                    "gcClassHistogram",
                    new Object[] {new String[0]},
                    new String[] {String[].class.getName()});
    double arrays =
        histogram
            .lines()
            .filter(line -> line.strip().endsWith("ai.djl.pytorch.engine.PtNDArray"))
            .mapToDouble(line -> Double.parseDouble(line.strip().split("\\s+")[1]))
            .sum();
    Runtime java = Runtime.getRuntime();
    return new Sample(step, resident(), (java.totalMemory() - java.freeMemory()) / 1e6, arrays);
  }

  private static double resident() throws IOException {
    try (var lines = Files.lines(Path.of("/proc/self/status"))) {
      return lines
          .filter(line -> line.startsWith("VmRSS"))
          .mapToDouble(line -> Double.parseDouble(line.replaceAll("[^0-9]", "")) * 1024 / 1e6)
          .findFirst()
          .orElseThrow();
    }
  }

  private static String svg(List<Sample> samples, long steps) {
    StringBuilder svg =
        new StringBuilder(
            String.format(
                Locale.ROOT,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\""
                    + " font-size=\"12\" font-family=\"sans-serif\">\n"
                    + "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n",
                WIDTH + LEFT + 20,
                3 * HEIGHT + 20));
    plot(svg, 0, "resident MB", samples, steps, Sample::resident);
    plot(svg, 1, "heap in use, MB", samples, steps, Sample::heap);
    plot(svg, 2, "arrays", samples, steps, Sample::arrays);
    return svg.append("</svg>\n").toString();
  }

  private static void plot(
      StringBuilder svg,
      int place,
      String name,
      List<Sample> samples,
      long steps,
      ToDoubleFunction<Sample> value) {
    double top = samples.stream().mapToDouble(value).max().orElse(1) * 1.1;
    int base = place * HEIGHT + HEIGHT - 20;
    int tall = HEIGHT - 50;
    svg.append(
        String.format(
            Locale.ROOT,
            "<text x=\"%d\" y=\"%d\">%s</text><path d=\"M%d %dv%dh%d\" fill=\"none\""
                + " stroke=\"#888\"/><text x=\"%d\" y=\"%d\" text-anchor=\"end\">0</text>"
                + "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%.0f</text>"
                + "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">step %d</text>\n",
            LEFT, base - tall - 8, name, LEFT, base - tall, tall, WIDTH, LEFT - 6, base, LEFT - 6,
            base - tall + 10, top, LEFT + WIDTH, base + 15, steps));
    StringBuilder path = new StringBuilder();
    for (Sample sample : samples) {
      path.append(
          String.format(
              Locale.ROOT,
              "%s%.1f %.1f",
              path.isEmpty() ? "M" : "L",
              LEFT + (double) WIDTH * sample.step() / steps,
              base - tall * value.applyAsDouble(sample) / top));
    }
    svg.append("<path d=\"").append(path).append("\" fill=\"none\" stroke=\"#0072b2\"/>\n");
  }
}
