package io.rapd.train.data;

import static io.rapd.core.config.Check.check;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * Batches from streamed shards. Slot b of a batch takes the next sample of stream b mod S; a sample
 * that is passed over is replaced by its stream's next. Each stream runs in order and streams run
 * side by side, so that neither threads nor processes change a batch. Up to min(threads, S) images
 * are decoded at once.
 *
 * @param <T> a prepared sample
 * @param <B> a batch
 */
final class StreamedBatches<T, B> implements Batches<B> {
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .build();

  /** Samples passed over in a row before a stream is given up. */
  private static final int MOST_PASSED_OVER = 10_000;

  static final int AHEAD = 2;
  private static final long PATIENCE_SECONDS = 30;

  /** Position of all streams of a process. */
  record Position(List<String> sets, Map<Integer, SampleStream.State> streams) {}

  /** One stream's slots of one batch, and where the stream stands after them. */
  private record Filled<T>(Map<Integer, T> slots, SampleStream.State after) {}

  private final List<SampleStream.Weighted> sets;
  private final List<String> fingerprints;
  private final StreamConfig config;
  private final BatchRecipe<T, B> recipe;
  private final UnusableSamples unusable;
  private final ExecutorService readers;
  private final Map<Integer, SampleStream> streams = new TreeMap<>();
  private final Map<Integer, CompletableFuture<Filled<T>>> tails = new TreeMap<>();
  private final Queue<List<CompletableFuture<Filled<T>>>> coming = new ArrayDeque<>();
  private final Map<Integer, SampleStream.State> after = new TreeMap<>();
  private long nextStep;

  /**
   * Starts at a step.
   *
   * @param position after the step before; empty for the first step
   * @throws DataException where the position is of another data set or configuration
   */
  StreamedBatches(
      List<SampleStream.Weighted> sets,
      StreamConfig config,
      BatchRecipe<T, B> recipe,
      long seed,
      Share share,
      long firstStep,
      Optional<String> position,
      UnusableSamples unusable) {
    check(
        config.streams() % share.count() == 0,
        "stream.streams (%d) must be a multiple of the number of processes, %d",
        config.streams(),
        share.count());
    check(
        config.streams() <= recipe.size(),
        "stream.streams (%d) must not exceed loop.batchSize (%d): further streams have no slot",
        config.streams(),
        recipe.size());
    check(
        firstStep == 1 || position.isPresent(),
        "step %d needs the position of the streams before it",
        firstStep);
    this.sets = sets;
    this.fingerprints = sets.stream().map(set -> set.set().fingerprint()).toList();
    this.config = config;
    this.recipe = recipe;
    this.unusable = unusable;
    this.nextStep = firstStep;
    for (int s = share.index(); s < config.streams(); s += share.count()) {
      streams.put(s, new SampleStream(sets, s, config, seed));
    }
    readers =
        Executors.newFixedThreadPool(
            config.readers(),
            task -> {
              Thread thread = new Thread(task, "sample-reader");
              thread.setDaemon(true);
              return thread;
            });
    Map<Integer, SampleStream.State> states = position.map(this::states).orElse(Map.of());
    streams.forEach(
        (number, stream) -> {
          SampleStream.State state = states.get(number);
          after.put(number, state == null ? stream.state() : state);
          // Streams are restored side by side, each in its own line of work.
          tails.put(
              number,
              CompletableFuture.supplyAsync(
                  () -> {
                    if (state != null) {
                      stream.restore(state);
                    }
                    return new Filled<T>(Map.of(), stream.state());
                  },
                  readers));
        });
  }

  private Map<Integer, SampleStream.State> states(String position) {
    Position then;
    try {
      then = JSON.readValue(position, Position.class);
    } catch (JsonProcessingException e) {
      throw new DataException("the checkpoint's position in the data is damaged", e);
    }
    if (!then.sets().equals(fingerprints)) {
      throw new DataException(
          "the shards of the data set have changed: the checkpoint was written with "
              + then.sets()
              + ", found "
              + fingerprints
              + " in "
              + sets.stream().map(set -> set.set().location()).toList());
    }
    for (int stream : streams.keySet()) {
      if (!then.streams().containsKey(stream)) {
        throw new DataException("the checkpoint's position in the data lacks stream " + stream);
      }
    }
    return then.streams();
  }

  @Override
  public B next() {
    if (readers.isShutdown()) {
      throw new IllegalStateException("the batches are closed");
    }
    while (coming.size() < AHEAD) {
      submit(nextStep++);
    }
    Map<Integer, T> slots = new TreeMap<>();
    int at = 0;
    List<CompletableFuture<Filled<T>>> parts = coming.remove();
    for (int stream : streams.keySet()) {
      Filled<T> filled = result(parts.get(at++));
      slots.putAll(filled.slots());
      after.put(stream, filled.after());
    }
    return recipe.batch(List.copyOf(slots.values()));
  }

  private static <T> T result(CompletableFuture<T> part) {
    try {
      return part.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      if (e.getCause() instanceof Error cause) {
        throw cause;
      }
      throw e;
    }
  }

  private void submit(long step) {
    List<CompletableFuture<Filled<T>>> parts = new ArrayList<>();
    streams.forEach(
        (number, stream) -> {
          CompletableFuture<Filled<T>> tail = tails.get(number);
          if (tail == null) {
            throw new IllegalStateException("stream " + number + " was not started");
          }
          tail = tail.thenApplyAsync(before -> fill(number, stream, step), readers);
          tails.put(number, tail);
          parts.add(tail);
        });
    coming.add(parts);
  }

  private Filled<T> fill(int number, SampleStream stream, long step) {
    Map<Integer, T> slots = new TreeMap<>();
    for (int slot = number; slot < recipe.size(); slot += config.streams()) {
      slots.put(slot, sample(stream, step, slot));
    }
    return new Filled<>(slots, stream.state());
  }

  private T sample(SampleStream stream, long step, int slot) {
    String last = "";
    for (int passed = 0; passed < MOST_PASSED_OVER; passed++) {
      SampleStream.Drawn drawn = stream.next();
      last = drawn.pair().image().label();
      try {
        Sample sample = drawn.set().read(drawn.pair());
        Optional<T> prepared =
            recipe.prepare(sample, () -> drawn.set().captions(drawn.pair()), step, slot);
        if (prepared.isPresent()) {
          return prepared.get();
        }
      } catch (IllegalArgumentException e) {
        unusable.report(last, e);
      }
    }
    throw new DataException(
        last + ": expected a usable sample, found " + MOST_PASSED_OVER + " in a row that are not");
  }

  @Override
  public Optional<String> position() {
    try {
      return Optional.of(JSON.writeValueAsString(new Position(fingerprints, after)));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    readers.shutdownNow();
    try {
      // The threads are daemons: past this time they do not keep the JVM alive.
      readers.awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
