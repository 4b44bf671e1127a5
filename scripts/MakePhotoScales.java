import io.rapd.core.image.Resampler;
import io.rapd.core.image.Resampling;
import io.rapd.core.image.RgbImage;
import io.rapd.core.image.RgbImageReader;
import io.rapd.core.image.RgbImageWriter;
import io.rapd.train.data.Split;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Writes the training photographs of scripts/fetch-photos at several sizes, so that a field sees
 * both smooth and detailed crops. Arguments: the folder of the photographs, the output folder, the
 * shorter sides in pixels. Held-out photographs are left out.
 */
public final class MakePhotoScales {
  public static void main(String[] args) throws Exception {
    if (args.length < 3) {
      throw new IllegalArgumentException("expected: PHOTOS OUTPUT SIDE...");
    }
    Path output = Files.createDirectories(Path.of(args[1]));
    List<Path> files;
    try (Stream<Path> listed = Files.list(Path.of(args[0]))) {
      files = listed.filter(file -> file.toString().endsWith(".png")).sorted().toList();
    }
    RgbImageReader reader = new RgbImageReader();
    RgbImageWriter writer = new RgbImageWriter();
    int images = 0;
    for (Path file : files) {
      String name = file.getFileName().toString();
      String stem = name.substring(0, name.lastIndexOf('.'));
      if (Split.of(stem) != Split.TRAIN) {
        continue;
      }
      RgbImage image = reader.read(file);
      for (int i = 2; i < args.length; i++) {
        double scale = Double.parseDouble(args[i]) / Math.min(image.height(), image.width());
        int height = (int) Math.rint(image.height() * scale);
        int width = (int) Math.rint(image.width() * scale);
        RgbImage reduced =
            scale >= 1 ? image : Resampler.resize(image, Resampling.BICUBIC, height, width);
        writer.writePng(reduced, output.resolve(stem + "-" + args[i] + ".png"));
        images++;
      }
    }
    System.out.println(images + " images in " + output);
  }
}
