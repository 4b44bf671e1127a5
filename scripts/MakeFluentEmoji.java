import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/**
 * Writes the WebDataset shards of the embedded data set. Arguments: the folder of the pictures, the
 * file of the captions, the output folder. Names, order, times and owners of the entries depend on
 * nothing but the input.
 */
public final class MakeFluentEmoji {
  private static final int PICTURES_PER_SHARD = 400;
  private static final int GROUP_COMPONENT = 2;
  private static final int GROUP_FLAGS = 9;

  public static void main(String[] args) throws Exception {
    if (args.length != 3) {
      throw new IllegalArgumentException("expected: PICTURES CAPTIONS OUTPUT");
    }
    Map<String, Path> pictures = pictures(Path.of(args[0]));
    Map<String, String> captions = captions(Path.of(args[1]));
    captions.keySet().retainAll(pictures.keySet());
    Path output = Path.of(args[2]);
    List<String> stems = new ArrayList<>(captions.keySet());
    StringBuilder sums = new StringBuilder();
    for (int shard = 0; shard * PICTURES_PER_SHARD < stems.size(); shard++) {
      int from = shard * PICTURES_PER_SHARD;
      String name = String.format(Locale.ROOT, "shard-%05d.tar", shard);
      Path file = output.resolve(name);
      try (OutputStream stream = Files.newOutputStream(file);
          TarArchiveOutputStream tar = new TarArchiveOutputStream(stream)) {
        for (String stem : stems.subList(from, Math.min(from + PICTURES_PER_SHARD, stems.size()))) {
          put(tar, stem + ".txt", captions.get(stem).getBytes(StandardCharsets.UTF_8));
          put(tar, stem + ".webp", Files.readAllBytes(pictures.get(stem)));
        }
      }
      byte[] sum = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
      sums.append(HexFormat.of().formatHex(sum)).append("  ").append(name).append('\n');
    }
    Files.writeString(output.resolve("shards.sha256"), sums);
    Map<String, String> groups =
        groups(Path.of(args[1]), Path.of(args[1]).resolveSibling("messages.json"));
    StringBuilder table = new StringBuilder();
    stems.forEach(stem -> table.append(stem).append('\t').append(groups.get(stem)).append('\n'));
    Files.writeString(output.resolve("groups.tsv"), table);
    System.out.println(stems.size() + " pictures");
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

  /** Stem to file; of two names that differ only in variation selectors the first one counts. */
  private static Map<String, Path> pictures(Path folder) throws IOException {
    Map<String, Path> pictures = new TreeMap<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.sorted().toList()) {
        String name = file.getFileName().toString();
        if (name.endsWith(".webp")) {
          pictures.putIfAbsent(stem(name.substring(0, name.length() - ".webp".length())), file);
        }
      }
    }
    return pictures;
  }

  /** Stem to caption lines: the label, then the tags that differ from it. */
  private static Map<String, String> captions(Path file) throws IOException {
    Map<String, String> captions = new TreeMap<>();
    for (JsonNode emoji : new ObjectMapper().readTree(file.toFile())) {
      int group = emoji.path("group").asInt(GROUP_COMPONENT);
      if (group == GROUP_COMPONENT || group == GROUP_FLAGS) {
        continue; // skin tones, letters of flags, flags
      }
      Set<String> lines = new LinkedHashSet<>();
      lines.add(emoji.required("label").asText());
      emoji.path("tags").forEach(tag -> lines.add(tag.asText()));
      captions.put(stem(emoji.required("hexcode").asText()), String.join("\n", lines) + "\n");
    }
    return captions;
  }

  /** Stem to the name of its group. */
  private static Map<String, String> groups(Path emojis, Path messages) throws IOException {
    ObjectMapper mapper = new ObjectMapper();
    JsonNode names = mapper.readTree(messages.toFile()).required("groups");
    Map<String, String> groups = new TreeMap<>();
    for (JsonNode emoji : mapper.readTree(emojis.toFile())) {
      JsonNode name = names.path(emoji.path("group").asInt(GROUP_COMPONENT)).required("key");
      groups.put(stem(emoji.required("hexcode").asText()), name.asText());
    }
    return groups;
  }

  /** Code points in lower case, without variation selectors, at least four digits each. */
  private static String stem(String hexcode) {
    return Arrays.stream(hexcode.toLowerCase(Locale.ROOT).split("-"))
        .filter(point -> !point.equals("fe0f"))
        .map(point -> "0".repeat(Math.max(0, 4 - point.length())) + point)
        .collect(Collectors.joining("-"));
  }
}
