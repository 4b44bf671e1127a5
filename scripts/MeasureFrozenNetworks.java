import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.sun.management.OperatingSystemMXBean;
import io.rapd.core.nn.Weights;
import io.rapd.core.torch.Precision;
import io.rapd.dit.text.Qwen3TextEncoder;
import io.rapd.nif.teacher.Dinov2Teacher;
import io.rapd.nif.teacher.PositionInterpolation;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * Loads one frozen network and prints, as a row of a Markdown table, how long that takes (seconds
 * that pass, and seconds of all cores that the process uses), the peak of resident memory before and
 * after it, the same two times of the fastest prompt or image, and the peak at the end.
 * Arguments: qwen3 or dinov2, the model folder, float32 or bfloat16, the number of runs (0 only
 * loads), and a text for the second column.
 */
public final class MeasureFrozenNetworks {
  private static final int TOKENS = 128;
  private static final int PIXELS = 448;
  private static final String PROMPT =
      "A red apple on a wooden table by a window, soft morning light, an oil painting";

  public static void main(String[] args) throws Exception {
    if (args.length != 5) {
      throw new IllegalArgumentException("expected: NETWORK FOLDER PRECISION RUNS LABEL");
    }
    Path folder = Path.of(args[1]);
    Precision precision = Precision.ofLabel(args[2]);
    Engine.getEngine("PyTorch"); // its own start is not a model's load
    try (NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch")) {
      double before = residentPeak();
      Stopwatch load = Stopwatch.start();
      try (AutoCloseable network = open(args[0], folder, precision, manager)) {
        load = load.stop();
        double loaded = residentPeak();
        Stopwatch fastest = new Stopwatch(Double.POSITIVE_INFINITY, Double.NaN);
        for (int i = Integer.parseInt(args[3]); i > 0; i--) {
          Stopwatch run = Stopwatch.start();
          run(network, manager);
          run = run.stop();
          fastest = run.wall < fastest.wall ? run : fastest;
        }
        System.out.printf(
            Locale.ROOT,
            "| %s | %s | %.1f | %.1f | %.2f | %.2f | %s | %.2f |%n",
            folder.getFileName(),
            args[4],
            load.wall,
            load.cpu,
            before,
            loaded,
            Double.isNaN(fastest.cpu)
                ? "- | -"
                : String.format(Locale.ROOT, "%.1f | %.1f", fastest.wall, fastest.cpu),
            residentPeak());
      }
    }
  }

  /** Seconds that passed, and seconds of all cores that the process used. */
  private record Stopwatch(double wall, double cpu) {
    static Stopwatch start() {
      OperatingSystemMXBean system =
          (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
      return new Stopwatch(System.nanoTime() / 1e9, system.getProcessCpuTime() / 1e9);
    }

    Stopwatch stop() {
      Stopwatch now = start();
      return new Stopwatch(now.wall - wall, now.cpu - cpu);
    }
  }

  private static AutoCloseable open(
      String network, Path folder, Precision precision, NDManager manager) {
    return switch (network) {
      case "qwen3" -> Qwen3TextEncoder.open(folder, TOKENS, precision, Weights.FULL, Device.cpu());
      case "dinov2" ->
          Dinov2Teacher.load(folder, PositionInterpolation.ORIGINAL, precision, manager);
      default -> throw new IllegalArgumentException("no network " + network);
    };
  }

  private static void run(AutoCloseable network, NDManager manager) {
    if (network instanceof Qwen3TextEncoder encoder) {
      try (NDArray states = encoder.encode(List.of(PROMPT), manager)) {
        requireFinite(states);
      }
    } else if (network instanceof Dinov2Teacher teacher) {
      try (NDArray image = manager.randomUniform(-1, 1, new Shape(1, 3, PIXELS, PIXELS));
          NDArray tokens = teacher.patchTokens(image)) {
        requireFinite(tokens);
      }
    }
  }

  private static void requireFinite(NDArray array) {
    try (NDArray sum = array.sum()) {
      if (!Float.isFinite(sum.getFloat())) {
        throw new IllegalStateException("the network gave a value that is not finite");
      }
    }
  }

  /** VmHWM of the process in GB (10^9 bytes), mapped files included; NaN where it is not known. */
  private static double residentPeak() throws IOException {
    Path status = Path.of("/proc/self/status");
    if (Files.exists(status)) {
      for (String line : Files.readAllLines(status)) {
        if (line.startsWith("VmHWM:")) {
          return Long.parseLong(line.replaceAll("\\D", "")) * 1024 / 1e9;
        }
      }
    }
    return Double.NaN;
  }

  private MeasureFrozenNetworks() {}
}
