package io.rapd.train.loop;

import ai.djl.ndarray.NDArray;
import io.rapd.train.data.Share;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;

/**
 * The processes that train one model together, each on its {@link Share} of every batch. All of
 * them call the methods that sum, gather or agree in the same order; a call returns when all have
 * made it. Every rank has the same weights after every step; the first one writes.
 */
public interface Ranks {
  /** The slots of this process. */
  Share share();

  /** Replaces each value by its sum over all ranks. */
  void sum(double[] values);

  /** Replaces each value of a contiguous float32 array by its sum over all ranks. */
  void sum(NDArray values);

  /** Time spent in {@link #sum} so far, exchanging and waiting for others, in nanoseconds. */
  default long exchangeNanos() {
    return 0;
  }

  /**
   * Ends the processes of all ranks, where there are others, for an error that only this one knows.
   */
  default void failed(Throwable error) {}

  /**
   * An error that all ranks throw at this point; {@link #failed} does nothing for it.
   *
   * @return the error
   */
  <E extends Throwable> E agreed(E error);

  /** Whether all ranks throw this error. */
  boolean isAgreed(Throwable error);

  /** A single process. */
  static Ranks alone() {
    return Alone.INSTANCE;
  }

  /** Whether this process writes the run's files. */
  default boolean isFirst() {
    return share().index() == 0;
  }

  default int count() {
    return share().count();
  }

  /** This rank's samples as a fraction of the batch. */
  default double weight(int batchSize) {
    return share().size(batchSize) / (double) batchSize;
  }

  /** What each rank says, in the order of ranks. */
  default List<String> gather(String own) {
    if (count() == 1) {
      return List.of(own);
    }
    byte[] bytes = own.getBytes(StandardCharsets.UTF_8);
    double[] lengths = new double[count()];
    lengths[share().index()] = bytes.length;
    sum(lengths);
    int all = 0;
    int start = 0;
    for (int rank = 0; rank < lengths.length; rank++) {
      start = rank == share().index() ? all : start;
      all += (int) lengths[rank];
    }
    double[] text = new double[all];
    for (int i = 0; i < bytes.length; i++) {
      text[start + i] = bytes[i];
    }
    sum(text);
    List<String> said = new ArrayList<>();
    int at = 0;
    for (double length : lengths) {
      byte[] of = new byte[(int) length];
      for (int i = 0; i < of.length; i++) {
        of[i] = (byte) text[at++];
      }
      said.add(new String(of, StandardCharsets.UTF_8));
    }
    return said;
  }

  /**
   * Does something on every rank.
   *
   * @throws RuntimeException on all ranks where it fails on any: there its own exception, elsewhere
   *     an {@link IllegalArgumentException} that names the rank
   */
  default <T> T together(Supplier<? extends T> action) {
    T result = null;
    RuntimeException failure = null;
    try {
      result = action.get();
    } catch (RuntimeException e) {
      if (count() == 1) {
        throw e;
      }
      failure = e;
    }
    List<String> failures =
        gather(failure == null ? "" : "rank " + share().index() + ": " + failure.getMessage());
    if (failure != null) {
      throw agreed(failure);
    }
    failures.stream()
        .filter(text -> !text.isEmpty())
        .findFirst()
        .ifPresent(
            text -> {
              throw agreed(new IllegalArgumentException(text));
            });
    return Objects.requireNonNull(result);
  }

  /**
   * As {@link #together}, for work that is divided among the ranks and may take any time until they
   * meet again: no time-out applies to it.
   */
  default <T> T apart(Supplier<? extends T> work) {
    return together(work);
  }

  /** One process. */
  enum Alone implements Ranks {
    INSTANCE;

    @Override
    public Share share() {
      return Share.ALL;
    }

    @Override
    public <E extends Throwable> E agreed(E error) {
      return error;
    }

    @Override
    public boolean isAgreed(Throwable error) {
      return true;
    }

    @Override
    public void sum(double[] values) {}

    @Override
    public void sum(NDArray values) {}
  }
}
