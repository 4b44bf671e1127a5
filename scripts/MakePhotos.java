import io.rapd.core.image.Resampler;
import io.rapd.core.image.Resampling;
import io.rapd.core.image.RgbImage;
import io.rapd.core.image.RgbImageReader;
import io.rapd.core.image.RgbImageWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Reduces images to a shorter side, antialiased bicubic; smaller images keep their size. Arguments:
 * the folder of the images, the side in pixels, the output folder, which receives PNG files.
 */
public final class MakePhotos {
  public static void main(String[] args) throws Exception {
    if (args.length != 3) {
      throw new IllegalArgumentException("expected: IMAGES SIDE OUTPUT");
    }
    int side = Integer.parseInt(args[1]);
    List<Path> files;
    try (Stream<Path> listed = Files.list(Path.of(args[0]))) {
      files = listed.sorted().toList();
    }
    RgbImageReader reader = new RgbImageReader();
    RgbImageWriter writer = new RgbImageWriter();
    for (Path file : files) {
      String name = file.getFileName().toString();
      String stem = name.substring(0, name.lastIndexOf('.'));
      writer.writePng(reduced(reader.read(file), side), Path.of(args[2], stem + ".png"));
    }
    System.out.println(files.size() + " images in " + args[2]);
  }

  private static RgbImage reduced(RgbImage image, int side) {
    int shorter = Math.min(image.height(), image.width());
    if (shorter <= side) {
      return image;
    }
    double scale = (double) side / shorter;
    int height = (int) Math.rint(image.height() * scale);
    int width = (int) Math.rint(image.width() * scale);
    return Resampler.resize(image, Resampling.BICUBIC, height, width);
  }
}
