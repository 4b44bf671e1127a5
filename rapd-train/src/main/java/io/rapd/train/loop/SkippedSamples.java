package io.rapd.train.loop;

import static io.rapd.core.text.Messages.message;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.rapd.train.data.DataException;
import io.rapd.train.data.UnusableSamples;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * Unreadable samples: lists each once in {@code skipped.jsonl} and on standard error, and ends the
 * run past a share of the set.
 */
public final class SkippedSamples implements UnusableSamples {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String FILE = "skipped.jsonl";

  private final Path file;
  private final double most;
  private final LongSupplier samples;
  private final Set<String> listed = new HashSet<>();
  private final Set<String> skipped = new HashSet<>();

  private SkippedSamples(Path file, double most, LongSupplier samples) {
    this.file = file;
    this.most = most;
    this.samples = samples;
  }

  /**
   * Continues the list in a folder.
   *
   * @param most {@code data.maxUnreadable}: the largest share of unreadable samples
   * @param samples of the set; of a stream, those read so far
   */
  public static SkippedSamples open(Path folder, double most, LongSupplier samples) {
    return continued(folder.resolve(FILE), most, samples);
  }

  private static SkippedSamples continued(Path file, double most, LongSupplier samples) {
    SkippedSamples skipped = new SkippedSamples(file, most, samples);
    if (Files.exists(skipped.file)) {
      try {
        for (String line : Files.readAllLines(skipped.file)) {
          skipped.listed.add(line);
        }
      } catch (IOException e) {
        throw new UncheckedIOException(skipped.file + ": cannot be read: " + e.getMessage(), e);
      }
    }
    return skipped;
  }

  /**
   * Continues the list of one of several processes: {@code skipped.jsonl} of the first, {@code
   * skipped-rank-N.jsonl} of another.
   */
  public static SkippedSamples open(Path folder, double most, LongSupplier samples, int rank) {
    return rank == 0
        ? open(folder, most, samples)
        : continued(folder.resolve(message("skipped-rank-%d.jsonl", rank)), most, samples);
  }

  @Override
  public synchronized void add(String sample, IllegalArgumentException reason) {
    if (skipped.add(sample)) {
      list(sample, String.valueOf(reason.getMessage()));
    }
    long all = samples.getAsLong();
    if (skipped.size() > most * all) {
      throw new DataException(
          message(
              "%s: %d of %d samples cannot be read, more than data.maxUnreadable (%s) allows",
              file, skipped.size(), all, most),
          reason);
    }
  }

  private void list(String sample, String reason) {
    Map<String, String> entry = new LinkedHashMap<>();
    entry.put("sample", sample);
    entry.put("reason", reason);
    try {
      String line = JSON.writeValueAsString(entry);
      if (listed.add(line)) {
        Files.writeString(file, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        System.err.println("skipped " + sample + ": " + reason);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(file + ": cannot be written: " + e.getMessage(), e);
    }
  }

  /** Says how many samples were skipped, if any. */
  public synchronized void report() {
    if (!skipped.isEmpty()) {
      System.err.println(
          message("%d unreadable samples were skipped; see %s", skipped.size(), file));
    }
  }
}
