package io.rapd.train.data;

import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds the shards of a location: one file; the {@code .tar}, {@code .tar.gz} and {@code .tgz}
 * files of a folder and its subfolders; or a pattern with {@code *}, {@code **}, {@code ?}, {@code
 * [...]}, {@code {a,b}} and ranges such as {@code {000..127}}.
 */
final class ShardNames {
  private static final Pattern BRACES = Pattern.compile("\\{([^{}]*)\\}");
  private static final Pattern RANGE = Pattern.compile("(\\d{1,9})\\.\\.(\\d{1,9})");
  private static final Pattern GLOB = Pattern.compile("[*?\\[]");
  private static final int MOST = 10_000_000;

  private ShardNames() {}

  /** The shards of a location; empty for a folder of images. */
  static List<Path> of(String location, SampleFiles files) {
    if (isPattern(location)) {
      return ofPattern(location);
    }
    Path path = Path.of(location);
    if (!Files.exists(path)) {
      throw new DataException(
          location
              + ": expected a folder, a .tar file or "
              + ImageTextSource.EMBEDDED_FLUENT_EMOJI
              + ", found nothing there");
    }
    return Files.isRegularFile(path) ? List.of(path) : inFolder(path, files);
  }

  static boolean isShard(Path file) {
    String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
    return !name.startsWith(".")
        && (name.endsWith(".tar") || name.endsWith(".tar.gz") || name.endsWith(".tgz"));
  }

  /** Whether a location is a pattern rather than an existing file or folder. */
  static boolean isPattern(String location) {
    return (BRACES.matcher(location).find() || GLOB.matcher(location).find())
        && !Files.exists(Path.of(location));
  }

  /**
   * The shards of a folder, ordered by path. A folder of images may have archives below it: shards
   * in subfolders alone count only where the folder holds no image.
   *
   * @return empty for a folder that is none of shards
   */
  static List<Path> inFolder(Path folder, SampleFiles names) {
    PassedOver passedOver = new PassedOver();
    SortedMap<String, Path> files = FolderWalk.files(folder, passedOver);
    List<Path> shards = files.values().stream().filter(ShardNames::isShard).sorted().toList();
    boolean direct = shards.stream().anyMatch(shard -> folder.equals(shard.getParent()));
    boolean images =
        files.keySet().stream()
            .map(names::split)
            .flatMap(Optional::stream)
            .anyMatch(name -> SampleFiles.match(names.image(), name.extension()) >= 0);
    return direct || !images ? shards : List.of();
  }

  /**
   * The files that a pattern names, ordered by path.
   *
   * @throws DataException where a name without wildcards does not exist, or nothing matches
   */
  static List<Path> ofPattern(String pattern) {
    TreeSet<Path> shards = new TreeSet<>();
    for (String name : expand(pattern)) {
      if (GLOB.matcher(name).find()) {
        shards.addAll(matching(name));
      } else if (Files.isRegularFile(Path.of(name))) {
        shards.add(Path.of(name));
      } else {
        throw new DataException(pattern + ": expected the shard " + name + ", found no such file");
      }
    }
    if (shards.isEmpty()) {
      throw new DataException(pattern + ": expected shards, found no file of such a name");
    }
    return List.copyOf(shards);
  }

  /** All names of a pattern's braces. */
  static List<String> expand(String pattern) {
    List<String> done = new ArrayList<>();
    List<String> open = List.of(pattern);
    while (!open.isEmpty()) {
      List<String> next = new ArrayList<>();
      for (String name : open) {
        Matcher braces = BRACES.matcher(name);
        if (braces.find()) {
          String head = name.substring(0, braces.start());
          String tail = name.substring(braces.end());
          choices(pattern, braces.group(1)).forEach(choice -> next.add(head + choice + tail));
        } else {
          done.add(name);
        }
        if (next.size() + done.size() > MOST) {
          throw new DataException(pattern + ": expected at most " + MOST + " shards");
        }
      }
      open = next;
    }
    return done;
  }

  private static List<String> choices(String pattern, String inner) {
    Matcher range = RANGE.matcher(inner);
    if (!range.matches()) {
      return List.of(inner.split(",", -1));
    }
    int first = Integer.parseInt(range.group(1));
    int last = Integer.parseInt(range.group(2));
    if (last < first || last - first >= MOST) {
      throw new DataException(
          pattern + ": expected a range such as {000..127}, found {" + inner + "}");
    }
    boolean padded = range.group(1).startsWith("0") || range.group(2).startsWith("0");
    int width = padded ? Math.max(range.group(1).length(), range.group(2).length()) : 1;
    List<String> names = new ArrayList<>();
    for (int i = first; i <= last; i++) {
      String digits = Integer.toString(i);
      names.add("0".repeat(Math.max(0, width - digits.length())) + digits);
    }
    return names;
  }

  private static List<Path> matching(String glob) {
    Matcher wildcard = GLOB.matcher(glob);
    int cut = wildcard.find() ? glob.lastIndexOf('/', wildcard.start()) + 1 : 0;
    Path folder = Path.of(cut == 0 ? "." : glob.substring(0, cut));
    PathMatcher matcher;
    try {
      matcher = FileSystems.getDefault().getPathMatcher("glob:" + glob.substring(cut));
    } catch (IllegalArgumentException e) {
      throw new DataException(glob + ": expected a pattern of shards, found " + e.getMessage(), e);
    }
    if (!Files.isDirectory(folder)) {
      throw new DataException(folder + ": expected the folder of " + glob + ", found none");
    }
    return FolderWalk.files(folder, new PassedOver()).values().stream()
        .map(file -> folder.relativize(file))
        .filter(matcher::matches)
        .map(file -> cut == 0 ? file : folder.resolve(file))
        .toList();
  }
}
