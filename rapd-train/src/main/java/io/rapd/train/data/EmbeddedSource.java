package io.rapd.train.data;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * The embedded set fluent-emoji: Microsoft's Fluent emoji (3D, 256 x 256, WebP with alpha) with
 * English labels and tags. The shards are class path resources, loaded once per JVM. Origin and
 * licences: README.md beside the shards.
 */
public final class EmbeddedSource extends PairedFiles<TarShard.Entry> {
  private static final String FOLDER = "fluent-emoji/";

  /** Loaded on first use. */
  private static final class Shards {
    static final List<TarShard> ALL =
        new String(resource("shards.sha256"), StandardCharsets.US_ASCII)
            .lines()
            .map(line -> line.substring(line.lastIndexOf(' ') + 1))
            .map(name -> TarShard.ofBytes(EMBEDDED_FLUENT_EMOJI + "/" + name, resource(name)))
            .toList();
  }

  /** Opens a split of the set. */
  public EmbeddedSource(Split split) {
    this(EMBEDDED_FLUENT_EMOJI, split, key -> true);
  }

  private EmbeddedSource(String location, Split split, Predicate<String> wanted) {
    this(
        location,
        DataSelection.of(split, true).withKey(KeyRule.FIRST_DOT),
        new PassedOver(),
        wanted);
  }

  private EmbeddedSource(
      String location, DataSelection selection, PassedOver passedOver, Predicate<String> wanted) {
    super(
        location,
        location,
        parts(selection, passedOver, wanted),
        selection,
        passedOver,
        TarShard.Entry::bytes,
        TarShard.Entry::label);
  }

  /**
   * Opens a split of the set, or of one of its groups.
   *
   * @param location {@value ImageTextSource#EMBEDDED_FLUENT_EMOJI}, alone or followed by / and a
   *     group of Emojibase, such as food-drink
   * @throws DataException naming the sets there are, where this is none of them
   */
  static EmbeddedSource open(String location, Split split) {
    if (location.equals(EMBEDDED_FLUENT_EMOJI)) {
      return new EmbeddedSource(split);
    }
    String prefix = EMBEDDED_FLUENT_EMOJI + "/";
    Map<String, String> groups = groups();
    String group = location.startsWith(prefix) ? location.substring(prefix.length()) : "";
    if (!groups.containsValue(group)) {
      throw new DataException(
          location
              + ": expected the embedded data set "
              + EMBEDDED_FLUENT_EMOJI
              + ", or a group of it: "
              + prefix
              + String.join("|", new TreeSet<>(groups.values())));
    }
    return new EmbeddedSource(location, split, key -> group.equals(groups.get(key)));
  }

  /** The group of each image by its key, such as food-drink; Emojibase's names. */
  public static Map<String, String> groups() {
    return new String(resource("groups.tsv"), StandardCharsets.US_ASCII)
        .lines()
        .map(line -> line.split("\t"))
        .collect(Collectors.toUnmodifiableMap(line -> line[0], line -> line[1]));
  }

  private static List<Part<TarShard.Entry>> parts(
      DataSelection selection, PassedOver passedOver, Predicate<String> wanted) {
    List<Part<TarShard.Entry>> parts =
        WebDatasetSource.parts(Shards.ALL, selection.files(), passedOver);
    parts.forEach(part -> part.pairs().retain(wanted));
    return parts;
  }

  private static byte[] resource(String name) {
    try (InputStream stream = EmbeddedSource.class.getResourceAsStream(FOLDER + name)) {
      if (stream == null) {
        throw new IllegalStateException(FOLDER + name + " is not on the class path");
      }
      return stream.readAllBytes();
    } catch (IOException e) {
      throw DataException.unreadable(EMBEDDED_FLUENT_EMOJI + "/" + name, e);
    }
  }
}
