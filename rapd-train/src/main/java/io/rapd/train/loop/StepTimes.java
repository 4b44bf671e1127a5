package io.rapd.train.loop;

import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Where the time of training steps goes, summed since the last {@link #take}. Thread-safe.
 *
 * <p>It is the time of the threads that ask for the work. A CPU has done it then; a GPU may only
 * have been told, and the part that waits for it next seems to take long.
 */
public final class StepTimes {
  /** Parts of a step, which follow each other. */
  public enum Phase {
    /** Waiting for a batch; preparing ahead costs nothing here. */
    DATA,
    /**
     * The frozen networks: text states, latents, a teacher's features; also where read from disk.
     */
    ENCODE,
    /** The rest of the objective: the trained network, losses and reading them. */
    FORWARD,
    /** Gradients, with activations that are computed again for them. */
    BACKWARD,
    /** Clipping, AdamW and averages. */
    UPDATE;

    /** The name in records, such as {@code dataSeconds}. */
    String label() {
      return name().toLowerCase(Locale.ROOT) + "Seconds";
    }
  }

  /** Ends a measurement. */
  public interface Timing extends AutoCloseable {
    @Override
    void close();
  }

  private final Map<Phase, AtomicLong> nanos = new EnumMap<>(Phase.class);

  StepTimes() {
    for (Phase phase : Phase.values()) {
      nanos.put(phase, new AtomicLong());
    }
  }

  /** Counts the time until the result is closed. */
  public Timing of(Phase phase) {
    return of(phase, 1);
  }

  /**
   * Counts the time of one of several threads at work side by side.
   *
   * @param threads their number; each counts for a part
   */
  Timing of(Phase phase, int threads) {
    long start = System.nanoTime();
    return () -> add(phase, (System.nanoTime() - start) / threads);
  }

  private void add(Phase phase, long time) {
    sum(phase).addAndGet(time);
  }

  /** Counts the time of a whole objective, whose other phases count for themselves. */
  Timing ofObjective() {
    long start = System.nanoTime();
    long before = inObjective();
    return () -> add(Phase.FORWARD, System.nanoTime() - start - (inObjective() - before));
  }

  private long inObjective() {
    return sum(Phase.DATA).get() + sum(Phase.ENCODE).get() + sum(Phase.BACKWARD).get();
  }

  private AtomicLong sum(Phase phase) {
    return Objects.requireNonNull(nanos.get(phase));
  }

  /** Mean seconds per step and phase by {@link Phase#label}, and starts again. */
  Map<String, Double> take(int steps) {
    Map<String, Double> seconds = new LinkedHashMap<>();
    for (Phase phase : Phase.values()) {
      long time = sum(phase).getAndSet(0);
      seconds.put(phase.label(), Math.max(0, time) / 1e9 / steps);
    }
    return seconds;
  }
}
