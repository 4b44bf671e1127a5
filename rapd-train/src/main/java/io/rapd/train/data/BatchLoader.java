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
 * Prepares the batches of coming steps in the background, a bounded number ahead, and hands them
 * out in order. The batch of a step is a function of the step alone, so threads cannot change it.
 *
 * @param <T> a batch, in plain Java
 */
public final class BatchLoader<T> implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 30;

  private final LongFunction<T> batches;
  private final int ahead;
  private final ExecutorService workers;
  private final Queue<Future<T>> coming = new ArrayDeque<>();
  private long nextStep;

  /**
   * A loader whose first batch is that of {@code firstStep}.
   *
   * @param batches the batch of a step; called by several threads at once
   * @param threads workers, at least 1; as many batches are prepared ahead, and one more
   * @throws IllegalArgumentException for no thread
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

  /** Workers that keep a GPU fed and, on a small CPU, leave the cores to the training. */
  public static int defaultThreads() {
    return Math.max(1, Math.min(8, Runtime.getRuntime().availableProcessors() / 4));
  }

  /**
   * The batch of the next step. For one thread at a time.
   *
   * @throws RuntimeException what preparing it threw
   * @throws IllegalStateException after {@link #close}
   */
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

  /** Stops the workers, and waits until they have let go of the files that they read. */
  @Override
  public void close() {
    workers.shutdownNow();
    coming.clear();
    try {
      if (!workers.awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        return; // daemons: they do not keep the program from ending
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
