import io.rapd.core.image.RgbImage;
import io.rapd.infer.GenerationOptions;
import io.rapd.infer.ImageField;
import io.rapd.infer.TextToImage;
import io.rapd.train.data.CentreSquare;
import io.rapd.train.data.ImageCache;
import io.rapd.train.data.ImageTextSource;
import io.rapd.train.data.Split;
import java.awt.image.BufferedImage;
import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import javax.imageio.ImageIO;

/**
 * Draws captions of a set and says how often the image nearest to a drawing (least squares over
 * pixels at 32 x 32) is the caption's own. Arguments: the model, the set, the part, the
 * style, how many captions, the guidance scale, the sheet to write. Parts are train, validation and
 * test (held-out objects) and pairs (held-out pairs of object and style, see emoji-styles.md).
 *
 * <p>Captions are not chosen: every n-th key of the part in their order. Seeds are 0, 1, 2, ... Of
 * images with the same caption each counts as its own. Candidates are all images of that style.
 * The sheet has a drawing at 128 x 128 and, to its right, the caption's own image.
 */
public final class MeasureModel {
  private static final int COMPARED = 32;
  private static final int CELL = 128;
  private static final int COLUMNS = 4;

  public static void main(String[] args) throws Exception {
    if (args.length != 7) {
      throw new IllegalArgumentException("expected: MODEL SET PART STYLE COUNT GUIDANCE SHEET");
    }
    ImageTextSource all = ImageTextSource.open(args[1], Split.ALL, true);
    ImageCache small = new ImageCache(all, 1L << 28, new CentreSquare(COMPARED));
    ImageCache large = new ImageCache(all, 0, new CentreSquare(CELL));
    List<Integer> candidates = new ArrayList<>();
    List<Integer> part = new ArrayList<>();
    for (int i = 0; i < all.size(); i++) {
      if (all.captions(i).get(0).endsWith(", " + args[3])) {
        candidates.add(i);
        if (partOf(all.key(i)).equals(args[2])) {
          part.add(i);
        }
      }
    }
    int count = Math.min(Integer.parseInt(args[4]), part.size());
    Map<Integer, RgbImage> pixels = new HashMap<>();
    candidates.forEach(i -> pixels.put(i, small.image(i)));
    int rows = (count + COLUMNS - 1) / COLUMNS;
    BufferedImage sheet =
        new BufferedImage(COLUMNS * 2 * CELL, rows * CELL, BufferedImage.TYPE_INT_RGB);
    int first = 0;
    int firstFive = 0;
    try (TextToImage model = TextToImage.load(Path.of(args[0]))) {
      GenerationOptions options = model.defaults().withGuidance(Double.parseDouble(args[5]));
      for (int n = 0; n < count; n++) {
        int own = part.get((int) ((long) n * part.size() / count));
        String caption = all.captions(own).get(0);
        try (ImageField field = model.generate(caption, options.withSeed(n))) {
          int rank = rank(field.renderAtResolution(COMPARED, COMPARED), own, caption, all, pixels);
          first += rank == 0 ? 1 : 0;
          firstFive += rank < 5 ? 1 : 0;
          int x = n % COLUMNS * 2 * CELL;
          int y = n / COLUMNS * CELL;
          paste(field.renderAtResolution(CELL, CELL), sheet, x, y);
          paste(large.image(own), sheet, x + CELL, y);
          System.out.printf(Locale.ROOT, "%s, seed %d: rank %d%n", caption, n, rank + 1);
        }
      }
    }
    ImageIO.write(sheet, "png", new File(args[6]));
    System.out.printf(
        Locale.ROOT,
        "%s, %s, guidance %s: own image nearest for %d of %d, among the nearest five for %d;"
            + " %d candidates%n",
        args[2],
        args[3],
        args[5],
        first,
        count,
        firstFive,
        candidates.size());
  }

  private static String partOf(String key) {
    return key.startsWith("pair-") ? "pairs" : Split.of(key).name().toLowerCase(Locale.ROOT);
  }

  /** How many images with another caption are nearer than the nearest one with this caption. */
  private static int rank(
      RgbImage drawn, int own, String caption, ImageTextSource all, Map<Integer, RgbImage> pixels) {
    Map<Integer, Double> distances = new HashMap<>();
    pixels.forEach((i, image) -> distances.put(i, distance(drawn.planes(), image.planes())));
    Set<Integer> same = new HashSet<>(Set.of(own));
    pixels.keySet().stream().filter(i -> all.captions(i).get(0).equals(caption)).forEach(same::add);
    double best = same.stream().map(distances::get).min(Comparator.naturalOrder()).orElseThrow();
    return (int)
        distances.entrySet().stream()
            .filter(e -> !same.contains(e.getKey()) && e.getValue() < best)
            .count();
  }

  private static double distance(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (a[i] - b[i]) * (a[i] - b[i]);
    }
    return sum;
  }

  private static void paste(RgbImage image, BufferedImage sheet, int x, int y) {
    byte[] rgb = image.toRgbBytes();
    for (int i = 0; i < image.height() * image.width(); i++) {
      int value =
          (rgb[3 * i] & 255) << 16 | (rgb[3 * i + 1] & 255) << 8 | rgb[3 * i + 2] & 255;
      sheet.setRGB(x + i % image.width(), y + i / image.width(), value);
    }
  }
}
