import io.rapd.core.image.RgbImage;
import io.rapd.core.image.RgbImageReader;
import io.rapd.core.image.ShorterSide;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Images per second of one thread, decoded alone and with the resizing; files are in memory. */
public final class MeasureImages {
  public static void main(String[] arguments) throws IOException {
    int side = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 256;
    double seconds = arguments.length > 2 ? Double.parseDouble(arguments[2]) : 20;
    List<byte[]> files = new ArrayList<>();
    try (var paths = Files.list(Path.of(arguments[0]))) {
      for (Path path : paths.filter(Files::isRegularFile).sorted().toList()) {
        files.add(Files.readAllBytes(path));
      }
    }
    rate("warm-up", files, side, true, seconds / 2);
    rate("rapd, decode", files, side, false, seconds);
    rate("rapd, decode and resize", files, side, true, seconds);
  }

  private static void rate(
      String name, List<byte[]> files, int side, boolean resize, double seconds) {
    RgbImageReader reader = new RgbImageReader();
    long start = System.nanoTime();
    int count = 0;
    double elapsed = 0;
    while (elapsed < seconds) {
      RgbImage image = reader.read(files.get(count % files.size()), "image");
      if (resize) {
        ShorterSide.resize(image, side);
      }
      count++;
      elapsed = (System.nanoTime() - start) / 1e9;
    }
    System.out.printf(Locale.ROOT, "%-36s %7.1f images/s%n", name, count / elapsed);
  }
}
