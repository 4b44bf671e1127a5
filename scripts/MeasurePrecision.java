import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.grid.PixelGrid;
import io.rapd.core.nn.Module;
import io.rapd.core.torch.Autograd;
import io.rapd.core.torch.Bfloat16Products;
import io.rapd.core.torch.Devices;
import io.rapd.core.torch.GradMode;
import io.rapd.core.torch.Precision;
import io.rapd.core.torch.RandomStream;
import io.rapd.dit.Denoiser;
import io.rapd.dit.DenoiserConfig;
import io.rapd.nif.render.CqarConfig;
import io.rapd.nif.render.Renderer;
import java.util.EnumMap;
import java.util.Arrays;
import java.util.Map;
import java.util.function.Consumer;

/** Forward and backward in float32 and bfloat16, in turn in one process: medians and their ratio. */
public final class MeasurePrecision {
  private static final Device DEVICE = Devices.of("auto");

  public static void main(String[] arguments) {
    int runs = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 7;
    if (arguments.length > 1) {
      System.setProperty(Bfloat16Products.PROPERTY, arguments[1]);
    }
    System.out.printf(
        "On %s, where bfloat16 is %s.%n%n",
        Devices.name(DEVICE),
        Bfloat16Products.widenedOn(DEVICE) ? "widened to float32 in products" : "multiplied");
    System.out.println("| training step | float32 s | bfloat16 s | float32 / bfloat16 |");
    System.out.println("|---|---|---|---|");
    measure("denoiser, width 384, 4 blocks, 256 tokens", runs, MeasurePrecision::denoiser);
    measure("CQAR, width 128, 4 blocks, 48 x 48 pixels", runs, MeasurePrecision::renderer);
  }

  private interface Step {
    Consumer<NDManager> in(Precision precision, NDManager manager);
  }

  private static void measure(String name, int runs, Step step) {
    try (NDManager manager = NDManager.newBaseManager(DEVICE);
        GradMode recording = GradMode.enabled()) {
      Map<Precision, Consumer<NDManager>> steps = new EnumMap<>(Precision.class);
      Map<Precision, double[]> seconds = new EnumMap<>(Precision.class);
      for (Precision precision : Precision.values()) {
        steps.put(precision, step.in(precision, manager));
        seconds.put(precision, new double[runs]);
      }
      for (int run = -1; run < runs; run++) {
        for (Precision precision : Precision.values()) {
          long start = System.nanoTime();
          try (NDManager scope = manager.newSubManager()) {
            steps.get(precision).accept(scope);
          }
          if (run >= 0) {
            seconds.get(precision)[run] = (System.nanoTime() - start) / 1e9;
          }
        }
      }
      double full = median(seconds.get(Precision.FLOAT32));
      double half = median(seconds.get(Precision.BFLOAT16));
      System.out.printf("| %s | %.3f | %.3f | %.2f |%n", name, full, half, full / half);
    }
  }

  private static Consumer<NDManager> denoiser(Precision precision, NDManager manager) {
    Denoiser denoiser =
        new DenoiserConfig(16, 64, 4, 384, 4, 6, 128, 4, 1, 384, 16).build(precision);
    denoiser.initialize(manager, 1);
    denoiser.trainedValues();
    return scope -> {
      RandomStream random = RandomStream.of(1, "benchmark", 0);
      NDArray latent = random.normal(scope, new Shape(1, 16, 64, 64));
      NDArray text = random.normal(scope, new Shape(1, 16, 384));
      NDArray time = scope.full(new Shape(1), 0.5f);
      step(denoiser, denoiser.forward(latent, time, text));
    };
  }

  private static Consumer<NDManager> renderer(Precision precision, NDManager manager) {
    Renderer renderer = new CqarConfig(128, 4, 8, 4, 4).build(16, precision);
    renderer.initialize(manager, 1);
    renderer.trainedValues();
    PixelGrid grid = new PixelGrid(48, 48);
    return scope -> {
      NDArray latent =
          RandomStream.of(1, "benchmark", 0).normal(scope, new Shape(1, 16, 32, 32));
      step(renderer, renderer.render(latent, grid, grid.whole()));
    };
  }

  /** Backward, and a gradient's value, which a GPU gives only when all is computed. */
  private static void step(Module module, NDArray output) {
    Autograd.backward(output.square().mean());
    NDArray first = module.trainedValues().values().iterator().next();
    Autograd.gradient(first, output.getManager()).sum().getFloat();
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }
}
