package io.rapd.train.data;

import static io.rapd.core.config.Check.check;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.LongFunction;

/**
 * Prepares upcoming batches in background threads, a bounded number ahead, and returns them in
 * order. A batch depends on its step alone, so the number of threads does not change it.
 *
 * @param <T> a batch, on the Java heap
 */
public final class BatchLoader<T> implements Batches<T> {
  private static final long PATIENCE_SECONDS = 30;

  private final LongFunction<T> batches;
  private final int ahead;
  private final ExecutorService workers;
  private final Queue<Future<T>> coming = new ArrayDeque<>();
  private long nextStep;

  /**
   * A loader that starts at {@code firstStep}.
   *
   * @param batches gives the batch of a step; called concurrently
   * @param threads number of threads, at least 1; one more batch than that is prepared ahead
   * @throws IllegalArgumentException if {@code threads} is not positive
   */
  public BatchLoader(LongFunction<T> batches, long firstStep, int threads) {
    check(threads > 0, "a batch loader needs at least one thread, got %d", threads);
    this.batches = batches;
    this.nextStep = firstStep;
    this.ahead = threads + 1;
    this.workers =
        Executors.newFixedThreadPool(
            threads,
            task -> {
              Thread thread = new Thread(task, "batch-loader");
              thread.setDaemon(true);
              return thread;
            });
  }

  /** Enough threads to feed a GPU; on a small CPU, few enough to leave the cores to training. */
  public static int defaultThreads() {
    return Math.max(1, Math.min(8, Runtime.getRuntime().availableProcessors() / 4));
  }

  @Override
  public T next() {
    if (workers.isShutdown()) {
      throw new IllegalStateException("the batch loader is closed");
    }
    while (coming.size() < ahead) {
      long step = nextStep++;
      coming.add(workers.submit(() -> batches.apply(step)));
    }
    try {
      return coming.remove().get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      if (e.getCause() instanceof Error cause) {
        throw cause;
      }
      throw new IllegalStateException("a batch could not be prepared", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for a batch", e);
    }
  }

  /** Stops the threads and waits until they have closed their files. */
  @Override
  public void close() {
    workers.shutdownNow();
    coming.clear();
    try {
      if (!workers.awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        return; // daemon threads: they do not keep the JVM alive
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
