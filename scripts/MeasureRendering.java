import io.rapd.core.grid.GridRegion;
import io.rapd.core.grid.PixelGrid;
import io.rapd.core.grid.Region;
import io.rapd.core.image.ImageBands;
import io.rapd.core.image.RgbImage;
import io.rapd.core.torch.Devices;
import io.rapd.core.torch.Precision;
import io.rapd.infer.ImageField;
import io.rapd.infer.ImageToField;
import io.rapd.infer.LoadOptions;
import io.rapd.infer.tile.TileListener;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * Times rendering alone, per pixel, over the size of the image: square images of one latent, row of
 * tiles by row of tiles as files are written, without the file. An image that takes longer than the
 * limit is left after the row of tiles that reaches it; inner rows of tiles cost the same.
 *
 * <p>Usage: scripts/with-rapd MeasureRendering.java MODEL LATENT PRECISION LIMIT ROUNDS SIZE...
 * LATENT is the latent's side in cells, PRECISION float32 or bfloat16, LIMIT in seconds.
 */
public final class MeasureRendering {
  private record Timing(int rows, double seconds, double cpuSeconds) {}

  public static void main(String[] arguments) {
    if (arguments.length < 6) {
      throw new IllegalArgumentException("expected: MODEL LATENT PRECISION LIMIT ROUNDS SIZE...");
    }
    int side = Integer.parseInt(arguments[1]);
    Precision precision = Precision.valueOf(arguments[2].toUpperCase(Locale.ROOT));
    double limit = Double.parseDouble(arguments[3]);
    int rounds = Integer.parseInt(arguments[4]);
    List<Integer> sizes = new ArrayList<>();
    for (String size : List.of(arguments).subList(5, arguments.length)) {
      sizes.add(Integer.valueOf(size));
    }
    LoadOptions loading =
        LoadOptions.defaults().withDevice(Devices.of("auto")).withPrecision(precision);
    System.out.println("round, size, rows rendered, seconds, CPU seconds, us/pixel, CPU us/pixel");
    try (ImageToField model = ImageToField.load(Path.of(arguments[0]), loading);
        ImageField field = model.encode(noise(side))) {
      time(field, 508, 60, limit); // classes and kernels are loaded
      for (int round = 1; round <= rounds; round++) {
        for (int size : sizes) {
          Timing timing = time(field, size, size, limit);
          double pixels = (double) timing.rows() * size;
          System.out.printf(
              Locale.ROOT,
              "%d, %d, %d, %.2f, %.2f, %.3f, %.3f%n",
              round,
              size,
              timing.rows(),
              timing.seconds(),
              timing.cpuSeconds(),
              1e6 * timing.seconds() / pixels,
              1e6 * timing.cpuSeconds() / pixels);
        }
      }
    }
  }

  private static Timing time(ImageField field, int size, int rows, double limit) {
    PixelGrid grid = new PixelGrid(size, size);
    Region part = new Region(0, 0, rows, size);
    ImageBands bands = field.renderBands(new GridRegion(grid, part), TileListener.NONE);
    long begin = System.nanoTime();
    double cpu = cpuSeconds();
    int done = 0;
    double seconds = 0;
    while (done < part.height() && seconds < limit) {
      done += bands.next().height();
      seconds = (System.nanoTime() - begin) / 1e9;
    }
    return new Timing(done, seconds, cpuSeconds() - cpu);
  }

  /** All threads of this process. */
  private static double cpuSeconds() {
    return ((com.sun.management.OperatingSystemMXBean)
                ManagementFactory.getOperatingSystemMXBean())
            .getProcessCpuTime()
        / 1e9;
  }

  private static RgbImage noise(int side) {
    Random random = new Random(1);
    float[] planes = new float[3 * side * side];
    for (int i = 0; i < planes.length; i++) {
      planes[i] = 2 * random.nextFloat() - 1;
    }
    return new RgbImage(side, side, planes);
  }
}
