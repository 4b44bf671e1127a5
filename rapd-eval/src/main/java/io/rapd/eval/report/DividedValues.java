package io.rapd.eval.report;

import static io.rapd.core.text.Messages.message;

import io.rapd.train.loop.Ranks;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * A {@link ValueLog} that several processes fill. The first rank appends to the log itself, every
 * other one to a file of its own beside it, which the first takes in when all are done, or when an
 * interrupted evaluation goes on, by whatever number of ranks.
 *
 * @param <T> a record, one line each
 */
public final class DividedValues<T> {
  private final Path file;
  private final Map<String, String> settings;
  private final Class<T> type;
  private final Function<T, String> subject;
  private final Ranks ranks;

  /** As for {@link ValueLog#open}; all ranks see the file's folder. */
  public DividedValues(
      Path file,
      Map<String, String> settings,
      Class<T> type,
      Function<T, String> subject,
      Ranks ranks) {
    this.file = file;
    this.settings = settings;
    this.type = type;
    this.subject = subject;
    this.ranks = ranks;
  }

  /**
   * Adds what is missing; every rank its part of it, for as long as that takes.
   *
   * @param subjects of all values, in order
   * @param isComplete whether what belongs to a known value is there too
   * @param measure makes the value of a subject
   * @param listener is told how many of this rank's subjects are done, or were
   * @return all values
   * @throws IllegalArgumentException as {@link ValueLog#open} does
   */
  public ValueLog<T> fill(
      List<String> subjects,
      Function<String, Boolean> isComplete,
      Function<String, ? extends T> measure,
      Consumer<Integer> listener) {
    ranks.together(() -> ranks.isFirst() ? takeIn() : file);
    // All read the log before the first one adds to it, so they agree on what is missing.
    List<String> missing =
        ranks.together(
            () -> {
              ValueLog<T> known = open(file);
              return subjects.stream()
                  .filter(about -> known.find(about).isEmpty() || !isComplete.apply(about))
                  .toList();
            });
    ranks.apart(() -> add(part(missing), subjects.size(), measure, listener));
    ranks.together(() -> ranks.isFirst() ? takeIn() : file);
    return ranks.together(() -> open(file));
  }

  /** Neighbours stay together: they may be about one image. */
  private List<String> part(List<String> missing) {
    long size = missing.size();
    long first = ranks.share().index() * size / ranks.count();
    long end = (ranks.share().index() + 1) * size / ranks.count();
    return missing.subList((int) first, (int) end);
  }

  private Path add(
      List<String> mine,
      int all,
      Function<String, ? extends T> measure,
      Consumer<Integer> listener) {
    int done = all - mine.size();
    listener.accept(done);
    ValueLog<T> log = open(own());
    for (String about : mine) {
      log.add(measure.apply(about));
      listener.accept(++done);
    }
    return own();
  }

  private Path own() {
    return ranks.isFirst() ? file : file.resolveSibling(prefix() + ranks.share().index());
  }

  private String prefix() {
    return message("%s.rank-", file.getFileName());
  }

  private ValueLog<T> open(Path path) {
    return ValueLog.open(path, settings, type, subject);
  }

  /** Moves the values of other ranks into the log. */
  private Path takeIn() {
    ValueLog<T> log = open(file);
    try (Stream<Path> files = Files.list(file.toAbsolutePath().getParent())) {
      for (Path other : files.sorted().toList()) {
        if (other.getFileName().toString().startsWith(prefix())) {
          open(other).all().forEach(log::add);
          Files.delete(other);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(file + ": other ranks' values cannot be read: " + e, e);
    }
    return file;
  }
}
