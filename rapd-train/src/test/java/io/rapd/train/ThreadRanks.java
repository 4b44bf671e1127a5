package io.rapd.train;

import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDArray;
import io.rapd.train.data.Share;
import io.rapd.train.loop.Ranks;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/** Ranks that are threads of one process. */
public final class ThreadRanks implements Ranks {
  private static final long PATIENCE_SECONDS = 240;

  /** What the threads share. */
  private record Exchange(CyclicBarrier barrier, double[][] values) {}

  private final Share share;
  private final Exchange exchange;
  private Throwable agreed;

  private ThreadRanks(Share share, Exchange exchange) {
    this.share = share;
    this.exchange = exchange;
  }

  /**
   * Runs the same on several ranks.
   *
   * @return the results in the order of ranks; throws the first rank's exception if any throws
   */
  public static <T> List<T> run(int count, Function<Ranks, T> action) {
    Exchange exchange = new Exchange(new CyclicBarrier(count), new double[count][]);
    ExecutorService threads = Executors.newFixedThreadPool(count);
    List<Future<T>> futures = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      ThreadRanks rank = new ThreadRanks(new Share(i, count), exchange);
      futures.add(threads.submit(() -> action.apply(rank)));
    }
    threads.shutdown();
    List<T> results = new ArrayList<>();
    RuntimeException failure = null;
    for (Future<T> future : futures) {
      try {
        results.add(future.get());
      } catch (ExecutionException e) {
        failure =
            failure != null
                ? failure
                : e.getCause() instanceof RuntimeException cause
                    ? cause
                    : new IllegalStateException(e.getCause());
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
    if (failure != null) {
      throw failure;
    }
    return results;
  }

  @Override
  public Share share() {
    return share;
  }

  @Override
  public void sum(double[] values) {
    exchange.values()[share.index()] = values.clone();
    await();
    for (int i = 0; i < values.length; i++) {
      values[i] = 0;
      for (double[] of : exchange.values()) {
        values[i] += of[i];
      }
    }
    await();
  }

  @Override
  public void sum(NDArray values) {
    FloatBuffer own =
        ((PtNDArray) values)
            .toByteBuffer(true) // the array's own memory
            .order(ByteOrder.nativeOrder())
            .asFloatBuffer();
    double[] wide = new double[own.limit()];
    for (int i = 0; i < wide.length; i++) {
      wide[i] = own.get(i);
    }
    sum(wide);
    for (int i = 0; i < wide.length; i++) {
      own.put(i, (float) wide[i]);
    }
  }

  private void await() {
    try {
      exchange.barrier().await(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException | BrokenBarrierException | TimeoutException e) {
      throw new IllegalStateException("another rank failed", e);
    }
  }

  @Override
  public void failed(Throwable error) {
    exchange.barrier().reset();
  }

  @Override
  public <E extends Throwable> E agreed(E error) {
    agreed = error;
    return error;
  }

  @Override
  public boolean isAgreed(Throwable error) {
    return error == agreed;
  }
}
