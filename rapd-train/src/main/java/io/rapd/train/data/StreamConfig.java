package io.rapd.train.data;

import static io.rapd.core.config.Check.check;

import io.rapd.core.config.Default;
import java.util.List;

/**
 * How shards are streamed; the order does not depend on threads or processes.
 *
 * @param streams S: slot b of a batch takes the next sample of stream b mod S; 0 reads the set with
 *     random access, for sets whose index fits the heap
 * @param shuffleBuffer samples among which each stream draws its next
 * @param threads that read and decode; 0 for a quarter of the processors, at most 8
 * @param sources further sets, mixed with {@code data.location}, whose weight is 1
 */
public record StreamConfig(
    @Default("0") int streams,
    @Default("1000") int shuffleBuffer,
    @Default("0") int threads,
    @Default("[]") List<Source> sources) {
  /** Random access. */
  public static final StreamConfig NONE = new StreamConfig(0, 1000, 0, List.of());

  /**
   * A further set.
   *
   * @param location of shards, see {@link ImageTextSource#open}
   * @param weight expected samples of it per sample of {@code data.location}
   */
  public record Source(String location, double weight) {
    public Source {
      check(
          weight > 0 && Double.isFinite(weight),
          "stream.sources: weight of %s must be positive, got %s",
          location,
          weight);
    }
  }

  public StreamConfig {
    check(
        streams >= 0 && streams <= 65_536,
        "stream.streams must be between 0 and 65536, got %d",
        streams);
    check(shuffleBuffer > 0, "stream.shuffleBuffer must be positive, got %d", shuffleBuffer);
    check(threads >= 0, "stream.threads must not be negative, got %d", threads);
    check(
        sources.isEmpty() || streams > 0,
        "stream.sources need stream.streams, the number of streams, got 0");
    sources = List.copyOf(sources);
  }

  /** {@link #threads}, or the default. */
  int readers() {
    return threads > 0 ? threads : BatchLoader.defaultThreads();
  }
}
