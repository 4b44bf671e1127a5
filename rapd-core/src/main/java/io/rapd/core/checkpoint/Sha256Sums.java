package io.rapd.core.checkpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The file {@code SHA256SUMS} of a checkpoint folder: one line per file beside it, in the format of
 * {@code sha256sum}, so that {@code sha256sum -c SHA256SUMS} checks the folder too.
 */
public final class Sha256Sums {
  /** Its name. */
  public static final String FILE = "SHA256SUMS";

  private static final Pattern LINE = Pattern.compile("([0-9a-f]{64}) [ *](.+)");

  private Sha256Sums() {}

  /** Writes the digests of all plain files of a folder, ordered by name. */
  public static void write(Path folder) throws IOException {
    List<Path> files;
    try (Stream<Path> found = Files.list(folder)) {
      files =
          found.filter(Files::isRegularFile).filter(file -> !file.endsWith(FILE)).sorted().toList();
    }
    StringBuilder lines = new StringBuilder();
    for (Path file : files) {
      lines.append(Fingerprint.ofFile(file)).append("  ").append(file.getFileName()).append('\n');
    }
    Files.writeString(folder.resolve(FILE), lines);
  }

  /**
   * Checks the files of a folder against their digests.
   *
   * @return false where the folder has no {@code SHA256SUMS}
   * @throws CheckpointException naming the first file that is missing, unreadable or changed
   */
  public static boolean verify(Path folder) {
    Path sums = folder.resolve(FILE);
    if (Files.notExists(sums)) {
      return false;
    }
    read(sums).forEach((name, expected) -> verify(sums, folder.resolve(name), expected));
    return true;
  }

  private static void verify(Path sums, Path file, String expected) {
    if (!Files.isRegularFile(file)) {
      throw new CheckpointException("%s: is missing; %s lists it", file, sums);
    }
    String found;
    try {
      found = Fingerprint.ofFile(file);
    } catch (IOException e) {
      throw new CheckpointException(file + ": cannot be read: " + AtomicFile.describe(e), e);
    }
    if (!found.equals(expected)) {
      throw new CheckpointException(
          "%s: is damaged: its SHA-256 is %s, %s says %s", file, found, FILE, expected);
    }
  }

  private static Map<String, String> read(Path sums) {
    Map<String, String> digests = new LinkedHashMap<>();
    try {
      for (String line : Files.readAllLines(sums)) {
        Matcher parts = LINE.matcher(line);
        if (!parts.matches() || parts.group(2).indexOf('/') >= 0) {
          throw new CheckpointException(
              sums + ": is damaged: expected a digest and a file name per line");
        }
        digests.put(parts.group(2), parts.group(1));
      }
    } catch (IOException e) {
      throw new CheckpointException(sums + ": cannot be read: " + AtomicFile.describe(e), e);
    }
    if (digests.isEmpty()) {
      throw new CheckpointException(sums + ": is empty");
    }
    return digests;
  }
}
