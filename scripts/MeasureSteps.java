import io.rapd.core.nn.Weights;
import io.rapd.core.torch.Precision;
import io.rapd.infer.GenerationOptions;
import io.rapd.infer.ImageField;
import io.rapd.infer.LoadOptions;
import io.rapd.infer.TextToImage;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/**
 * Time and memory of a text-to-image model's guided steps. Arguments: the model, float32 or
 * bfloat16, full or int8, the number of steps; a field that renders a pixel-space model's images.
 *
 * <p>CPU seconds are summed over cores, and depend less on what else the machine does.
 */
public final class MeasureSteps {
  private record Now(double wall, double cpu) {
    static Now read() {
      var os = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
      return new Now(System.nanoTime() * 1e-9, os.getProcessCpuTime() * 1e-9);
    }

    String since(Now before) {
      return String.format(Locale.ROOT, "%.1f s, CPU %.1f s", wall - before.wall, cpu - before.cpu);
    }
  }

  public static void main(String[] args) throws IOException {
    LoadOptions options =
        LoadOptions.defaults()
            .withPrecision(Precision.ofLabel(args[1]))
            .withWeights(Weights.valueOf(args[2].toUpperCase(Locale.ROOT)));
    if (args.length > 4) {
      options = options.withField(Path.of(args[4]));
    }
    Now start = Now.read();
    try (TextToImage model = TextToImage.load(Path.of(args[0]), options)) {
      System.out.println("loading: " + Now.read().since(start) + "; " + memory());
      GenerationOptions generation = model.defaults().withSteps(Integer.parseInt(args[3]));
      List<Now> times = new ArrayList<>(List.of(Now.read()));
      try (ImageField field =
          model
              .generate(
                  List.of("a red apple on a table"),
                  generation,
                  (done, all, latent) -> {
                    times.add(Now.read());
                    System.out.println(
                        (done == 1 ? "prompt and step " : "step ")
                            + done
                            + ": "
                            + times.get(done).since(times.get(done - 1)));
                    return true;
                  })
              .get(0)) {
        System.out.println("after the steps: " + memory());
        int side = args.length > 4 ? 2048 : model.description().denoiser().latentSize();
        Now before = Now.read();
        field.renderAtResolution(side, side);
        System.out.println("rendering " + side + " x " + side + ": " + Now.read().since(before));
      }
      List<Double> cpu = new ArrayList<>();
      List<Double> wall = new ArrayList<>();
      for (int i = 2; i < times.size(); i++) {
        cpu.add(times.get(i).cpu - times.get(i - 1).cpu);
        wall.add(times.get(i).wall - times.get(i - 1).wall);
      }
      Collections.sort(cpu);
      Collections.sort(wall);
      System.out.printf(
          Locale.ROOT,
          "fastest step after the first: %.1f s, CPU %.1f s; %s%n",
          wall.get(0),
          cpu.get(0),
          memory());
    }
  }

  /** Linux's own count. */
  private static String memory() throws IOException {
    StringBuilder text = new StringBuilder();
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("VmHWM") || line.startsWith("RssAnon")) {
        String[] words = line.split("\\s+");
        text.append(text.isEmpty() ? "" : ", ")
            .append(words[0].equals("VmHWM:") ? "peak resident " : "now without files ")
            .append(Long.parseLong(words[1]) / 1024)
            .append(" MiB");
      }
    }
    return text.toString();
  }
}
