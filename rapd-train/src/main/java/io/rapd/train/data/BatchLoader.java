package io.rapd.train.data;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.LongFunction;

/**
 * Prepares the batches of coming steps in the background, a bounded number ahead, and hands them
 * out in order. The batch of a step is a function of the step alone, so threads cannot change it.
 *
 * @param <T> a batch, in plain Java
 */
public final class BatchLoader<T> implements AutoCloseable {
  private final LongFunction<T> batches;
  private final int ahead;
  private final ExecutorService workers;
  private final Queue<Future<T>> coming = new ArrayDeque<>();
  private long nextStep;

  /**
   * A loader whose first batch is that of {@code firstStep}.
   *
   * @param threads workers; as many batches are prepared ahead, and one more
   */
  public BatchLoader(LongFunction<T> batches, long firstStep, int threads) {
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
   * The batch of the next step.
   *
   * @throws RuntimeException what preparing it threw
   */
  public T next() {
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
      throw new IllegalStateException("a batch could not be prepared", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for a batch", e);
    }
  }

  @Override
  public void close() {
    workers.shutdownNow();
  }
}
