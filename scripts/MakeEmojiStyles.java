import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.weisj.jsvg.SVGDocument;
import com.github.weisj.jsvg.parser.LoaderContext;
import com.github.weisj.jsvg.parser.SVGLoader;
import com.github.weisj.jsvg.view.ViewBox;
import io.rapd.train.data.Split;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/**
 * Writes WebDataset shards of one emoji set in several styles. Arguments: the image size, the folder
 * of the 3D shards, the output folder, then the styles: {@code 3d}, which is copied as it was
 * published, or {@code STYLE=FOLDER}, where FOLDER is an unpacked package of Iconify, which is
 * rasterised at the image size.
 *
 * <p>The objects are those of the 3D set, and its captions are the captions of all styles, with the
 * style appended: "red apple, flat". A key is the stem of the 3D set, a hyphen and the style; where
 * the hash of this key does not put it into the part of the set that it belongs to ({@link Split}),
 * the first number that does is appended: {@code 1f34e-flat-2}. An object that the 3D set holds out
 * is held out in every style, in the same part. Of the other objects, one pair of object and vector
 * style in 20 is held out as well, for the test alone, under a key that starts with {@code pair-}.
 */
public final class MakeEmojiStyles {
  private static final int IMAGES_PER_SHARD = 400;
  private static final String SOLID = "3d";
  private static final String PAIR = "pair-";

  /** An object: its captions, and its image in the 3D style with the file name ending. */
  private record Emoji(List<String> captions, byte[] image, String ending) {}

  /** A drawing of Iconify: SVG elements without their root, in a box of that size. */
  private record Drawing(String body, int width, int height) {}

  public static void main(String[] args) throws Exception {
    if (args.length < 4) {
      throw new IllegalArgumentException("expected: SIZE SHARDS_3D OUTPUT STYLE[=PACKAGE]...");
    }
    int size = Integer.parseInt(args[0]);
    Map<String, Emoji> emoji = emoji(Path.of(args[1]));
    Path output = Path.of(args[2]);
    Files.createDirectories(output);
    for (String argument : Arrays.copyOfRange(args, 3, args.length)) {
      if (argument.equals(SOLID)) {
        write(output, SOLID, solid(emoji));
      } else {
        int equals = argument.indexOf('=');
        String style = argument.substring(0, equals);
        Path folder = Path.of(argument.substring(equals + 1));
        write(output, style, rasterised(emoji, style, drawings(folder), size));
      }
    }
  }

  /** The 3D style as it was published; its captions once without the style as well. */
  private static Map<String, Sample> solid(Map<String, Emoji> emoji) {
    Map<String, Sample> samples = new TreeMap<>();
    emoji.forEach(
        (stem, one) -> {
          List<String> captions = new ArrayList<>(styled(one.captions(), SOLID));
          captions.add(1, one.captions().get(0));
          samples.put(key(stem, SOLID), new Sample(captions, one.image(), one.ending()));
        });
    return samples;
  }

  private static Map<String, Sample> rasterised(
      Map<String, Emoji> emoji, String style, Map<String, Drawing> drawings, int size)
      throws IOException {
    Map<String, Sample> samples = new TreeMap<>();
    for (Map.Entry<String, Emoji> one : emoji.entrySet()) {
      Drawing drawing = drawings.get(one.getKey());
      if (drawing == null) {
        continue;
      }
      Optional<byte[]> png = rasterise(drawing, size);
      if (png.isEmpty()) {
        System.out.println(style + ": nothing visible in " + one.getKey());
      } else {
        List<String> captions = styled(one.getValue().captions(), style);
        samples.put(key(one.getKey(), style), new Sample(captions, png.get(), ".png"));
      }
    }
    return samples;
  }

  private static List<String> styled(List<String> captions, String style) {
    return captions.stream().map(caption -> caption + ", " + style).toList();
  }

  /** A sample of the set written: its captions, and its image with the file name ending. */
  private record Sample(List<String> captions, byte[] image, String ending) {
    byte[] text() {
      return (String.join("\n", captions) + "\n").getBytes(StandardCharsets.UTF_8);
    }
  }

  /** The key whose hash lies in the part of the set where this object and style belong. */
  private static String key(String stem, String style) {
    String plain = stem + "-" + style;
    boolean pair =
        !style.equals(SOLID) && Split.of(stem) == Split.TRAIN && Split.of(plain) == Split.TEST;
    Split wanted = pair ? Split.TEST : Split.of(stem);
    String start = pair ? PAIR + plain : plain;
    String key = start;
    for (int i = 1; Split.of(key) != wanted; i++) {
      key = start + "-" + i;
    }
    return key;
  }

  private static Map<String, Emoji> emoji(Path folder) throws IOException {
    Map<String, List<String>> captions = new TreeMap<>();
    Map<String, byte[]> images = new TreeMap<>();
    Map<String, String> endings = new TreeMap<>();
    List<Path> shards;
    try (Stream<Path> files = Files.list(folder)) {
      shards = files.filter(file -> file.toString().endsWith(".tar")).sorted().toList();
    }
    for (Path shard : shards) {
      try (InputStream stream = new BufferedInputStream(Files.newInputStream(shard));
          TarArchiveInputStream tar = new TarArchiveInputStream(stream)) {
        for (TarArchiveEntry entry = tar.getNextEntry();
            entry != null;
            entry = tar.getNextEntry()) {
          int dot = entry.getName().lastIndexOf('.');
          String stem = entry.getName().substring(0, dot);
          byte[] content = tar.readAllBytes();
          if (entry.getName().endsWith(".txt")) {
            captions.put(stem, new String(content, StandardCharsets.UTF_8).lines().toList());
          } else {
            images.put(stem, content);
            endings.put(stem, entry.getName().substring(dot));
          }
        }
      }
    }
    Map<String, Emoji> emoji = new TreeMap<>();
    captions.forEach(
        (stem, lines) -> emoji.put(stem, new Emoji(lines, images.get(stem), endings.get(stem))));
    return emoji;
  }

  /** Reads icons.json (drawings by name) and chars.json (names by code points) of a package. */
  private static Map<String, Drawing> drawings(Path folder) throws IOException {
    ObjectMapper json = new ObjectMapper();
    JsonNode icons = json.readTree(folder.resolve("icons.json").toFile());
    JsonNode chars = json.readTree(folder.resolve("chars.json").toFile());
    Map<String, String> names = new TreeMap<>();
    chars.properties().forEach(e -> names.put(e.getKey(), e.getValue().asText()));
    int width = icons.path("width").asInt(16);
    int height = icons.path("height").asInt(16);
    Map<String, Drawing> drawings = new TreeMap<>();
    names.forEach(
        (points, name) -> {
          JsonNode alias = icons.path("aliases").path(name);
          if (alias.has("rotate") || alias.has("hFlip") || alias.has("vFlip")) {
            return; // a drawing of another object, turned
          }
          JsonNode icon = icons.path("icons").path(alias.path("parent").asText(name));
          if (icon.has("body")) {
            drawings.putIfAbsent(
                stem(points),
                new Drawing(
                    icon.path("body").asText(),
                    icon.path("width").asInt(width),
                    icon.path("height").asInt(height)));
          }
        });
    return drawings;
  }

  /** Code points in lower case, without variation selectors, at least four digits each. */
  private static String stem(String points) {
    return Arrays.stream(points.toLowerCase(Locale.ROOT).split("-"))
        .filter(point -> !point.equals("fe0f"))
        .map(point -> "0".repeat(Math.max(0, 4 - point.length())) + point)
        .collect(Collectors.joining("-"));
  }

  /** A PNG with alpha, the drawing centred in the square; empty where nothing is visible. */
  private static Optional<byte[]> rasterise(Drawing drawing, int size) throws IOException {
    String svg =
        String.format(
            Locale.ROOT,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\""
                + " width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\">%s</svg>",
            size,
            size,
            drawing.width(),
            drawing.height(),
            drawing.body().replace("currentColor", "#212121"));
    SVGDocument document =
        new SVGLoader()
            .load(
                new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)),
                URI.create("file:///emoji.svg"),
                LoaderContext.createDefault());
    if (document == null) {
      return Optional.empty();
    }
    BufferedImage image = new BufferedImage(size, size, BufferedImage.TYPE_INT_ARGB);
    Graphics2D graphics = image.createGraphics();
    graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    graphics.setRenderingHint(RenderingHints.KEY_RENDERING, RenderingHints.VALUE_RENDER_QUALITY);
    graphics.setRenderingHint(
        RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
    document.render((java.awt.Component) null, graphics, new ViewBox(0, 0, size, size));
    graphics.dispose();
    int[] argb = image.getRGB(0, 0, size, size, null, 0, size);
    if (Arrays.stream(argb).noneMatch(pixel -> pixel >>> 24 > 127)) {
      return Optional.empty();
    }
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    ImageIO.write(image, "png", png);
    return Optional.of(png.toByteArray());
  }

  private static void write(Path output, String style, Map<String, Sample> samples)
      throws IOException {
    List<String> keys = new ArrayList<>(samples.keySet());
    for (int shard = 0; shard * IMAGES_PER_SHARD < keys.size(); shard++) {
      int from = shard * IMAGES_PER_SHARD;
      Path file = output.resolve(String.format(Locale.ROOT, "%s-%05d.tar", style, shard));
      try (OutputStream stream = Files.newOutputStream(file);
          TarArchiveOutputStream tar = new TarArchiveOutputStream(stream)) {
        for (String key : keys.subList(from, Math.min(from + IMAGES_PER_SHARD, keys.size()))) {
          put(tar, key + ".txt", samples.get(key).text());
          put(tar, key + samples.get(key).ending(), samples.get(key).image());
        }
      }
    }
    long pairs = keys.stream().filter(key -> key.startsWith(PAIR)).count();
    long train = keys.stream().filter(Split.TRAIN::contains).count();
    System.out.printf(
        Locale.ROOT,
        "%s: %d images, %d to train on, %d held-out objects, %d held-out pairs%n",
        style,
        keys.size(),
        train,
        keys.size() - train - pairs,
        pairs);
  }

  private static void put(TarArchiveOutputStream tar, String name, byte[] content)
      throws IOException {
    TarArchiveEntry entry = new TarArchiveEntry(name);
    entry.setSize(content.length);
    entry.setModTime(0L);
    entry.setIds(0, 0);
    entry.setNames("", "");
    entry.setMode(0100644);
    tar.putArchiveEntry(entry);
    tar.write(content);
    tar.closeArchiveEntry();
  }
}
