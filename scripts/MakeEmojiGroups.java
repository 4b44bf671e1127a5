import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Writes the groups of the emoji, a line each: the group's name, then the stems of its emoji in
 * their order. Arguments: the package emojibase-data, the file to write. Skin tones and flags are
 * left out, as in the embedded set.
 */
public final class MakeEmojiGroups {
  public static void main(String[] args) throws Exception {
    if (args.length != 2) {
      throw new IllegalArgumentException("expected: PACKAGE OUTPUT");
    }
    ObjectMapper json = new ObjectMapper();
    Path folder = Path.of(args[0]);
    JsonNode names = json.readTree(folder.resolve("meta/groups.json").toFile()).required("groups");
    Map<String, Set<String>> groups = new TreeMap<>();
    for (JsonNode emoji : json.readTree(folder.resolve("en/data.json").toFile())) {
      String name = names.path(emoji.path("group").asText("2")).asText("component");
      if (!name.equals("component") && !name.equals("flags")) {
        groups
            .computeIfAbsent(name, n -> new TreeSet<>())
            .add(stem(emoji.required("hexcode").asText()));
      }
    }
    Files.writeString(
        Path.of(args[1]),
        groups.entrySet().stream()
            .map(e -> e.getKey() + " " + String.join(" ", e.getValue()) + "\n")
            .collect(Collectors.joining()));
  }

  /** As in the embedded set: see MakeFluentEmoji.java. */
  private static String stem(String hexcode) {
    return Arrays.stream(hexcode.toLowerCase(Locale.ROOT).split("-"))
        .filter(point -> !point.equals("fe0f"))
        .map(point -> "0".repeat(Math.max(0, 4 - point.length())) + point)
        .collect(Collectors.joining("-"));
  }
}
