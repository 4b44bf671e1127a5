package io.rapd.train.loop;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.rapd.core.nn.Module;
import io.rapd.core.torch.Autograd;
import io.rapd.core.torch.GradMode;
import io.rapd.core.torch.Kernel;
import io.rapd.core.torch.ProcessorThreads;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Splits a batch into micro-batches and runs them side by side on a CPU, where the operators of a
 * small network are too short to be shared among cores. The first worker uses the trained network;
 * each other worker has a network that shares its weights but collects its own gradients. These are
 * added in a fixed order, so results do not depend on thread timing. On a GPU, or with one worker,
 * micro-batches run one after another on the caller's thread.
 *
 * @param <M> the trained network
 */
public final class Workers<M extends Module> implements AutoCloseable {
  private static final Kernel ADD =
      Kernel.of(
          "AddGradients",
          """
          def forward(sums: List[Tensor], more: List[Tensor]):
            _0 = torch._foreach_add_(sums, more)
            _1 = torch._foreach_zero_(more)
            return sums[0]
          """);

  private final List<M> networks = new ArrayList<>();
  private final @Nullable ExecutorService threads;
  private final StepTimes times;

  /**
   * @param network with values, on {@code device}
   * @param count micro-batches to run at once; the CPU threads are divided among them
   * @param another supplies further networks of the same structure, without values
   */
  public Workers(M network, int count, Device device, Supplier<? extends M> another) {
    this(network, count, device, another, new StepTimes());
  }

  /** The same, with the times of the steps. */
  Workers(M network, int count, Device device, Supplier<? extends M> another, StepTimes times) {
    this.times = times;
    int used = device.isGpu() ? 1 : count;
    networks.add(network);
    for (int i = 1; i < used; i++) {
      M next = another.get();
      next.share(network);
      networks.add(next);
    }
    threads = used == 1 ? null : start(used);
  }

  private static ExecutorService start(int count) {
    int all = ProcessorThreads.count();
    int share = ProcessorThreads.share(count);
    CountDownLatch ready = new CountDownLatch(count);
    AtomicInteger number = new AtomicInteger();
    ExecutorService threads =
        Executors.newFixedThreadPool(
            count,
            task -> {
              Thread thread =
                  new Thread(
                      () -> {
                        ProcessorThreads.set(share);
                        ready.countDown();
                        task.run();
                      },
                      "rapd-worker-" + number.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            });
    for (int i = 0; i < count; i++) {
      threads.execute(() -> {}); // each starts a thread
    }
    try {
      ready.await();
    } catch (InterruptedException e) {
      threads.shutdownNow();
      throw interrupted(e);
    }
    ProcessorThreads.set(all); // threads that start later are not workers
    return threads;
  }

  /** The trained network. */
  public M network() {
    return networks.get(0);
  }

  /** The times of the steps, for the thread that asks for them. */
  public StepTimes times() {
    return times;
  }

  /** Counts the time of a backward pass, which may run beside those of other workers. */
  public StepTimes.Timing timing(StepTimes.Phase phase) {
    return times.of(phase, networks.size());
  }

  /**
   * Runs forward and backward over a batch and leaves the sum of all gradients in the trained
   * network.
   *
   * @param largest size of a micro-batch; smaller where the batch must be shared among workers
   * @param scope parent of the micro-batches' scopes
   * @param task prepares a micro-batch on the caller's thread, in batch order, and returns the
   *     backward pass that a worker then runs with gradient recording on
   * @return the results of the backward passes, in batch order
   */
  public <T> List<T> backward(
      int batchSize,
      long largest,
      NDManager scope,
      Function<MicroBatch, ? extends Function<? super M, ? extends T>> task) {
    int count = networks.size();
    int size = (int) Math.min(Math.max(1, largest), (batchSize + count - 1) / count);
    List<T> results = new ArrayList<>();
    List<Callable<T>> tasks = new ArrayList<>();
    for (int first = 0; first < batchSize; first += size) {
      MicroBatch micro =
          new MicroBatch(
              first, Math.min(batchSize, first + size), batchSize, scope.newSubManager());
      Function<? super M, ? extends T> backward = task.apply(micro);
      M network = networks.get(tasks.size());
      tasks.add(
          () -> {
            try (NDManager arrays = micro.scope();
                GradMode recording = GradMode.enabled()) {
              return backward.apply(network);
            }
          });
      if (tasks.size() == count || micro.end() == batchSize) {
        results.addAll(run(tasks));
        tasks.clear();
      }
    }
    addGradients(scope);
    return results;
  }

  /** Returns once all tasks have ended, also where one of them throws. */
  private <T> List<T> run(List<Callable<T>> tasks) {
    List<T> results = new ArrayList<>();
    try {
      if (threads == null) {
        results.add(tasks.get(0).call());
      } else {
        for (Future<T> future : threads.invokeAll(tasks)) {
          results.add(future.get());
        }
      }
      return results;
    } catch (InterruptedException e) {
      throw interrupted(e);
    } catch (Exception e) {
      Throwable cause = e instanceof ExecutionException ? e.getCause() : e;
      if (cause instanceof RuntimeException failure) {
        throw failure;
      }
      if (cause instanceof Error failure) {
        throw failure;
      }
      throw new IllegalStateException(cause);
    }
  }

  /** Adds what the other networks collected to the trained network's gradients and zeroes it. */
  private void addGradients(NDManager manager) {
    List<NDArray> leaves = List.copyOf(network().trainedValues().values());
    for (M other : networks.subList(1, networks.size())) {
      List<NDArray> more = List.copyOf(other.trainedValues().values());
      try (NDManager scope = manager.newSubManager();
          GradMode plain = GradMode.disabled()) {
        List<NDArray> sums = new ArrayList<>();
        List<NDArray> addends = new ArrayList<>();
        for (int i = 0; i < leaves.size(); i++) {
          Optional<NDArray> addend = Autograd.collected(more.get(i), scope);
          if (addend.isPresent()) {
            sums.add(Autograd.gradient(leaves.get(i), scope));
            addends.add(addend.get());
          }
        }
        if (!sums.isEmpty()) {
          ADD.callLists(List.of(sums, addends)).close();
        }
      }
    }
  }

  private static IllegalStateException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new IllegalStateException("interrupted in a training step", e);
  }

  @Override
  public void close() {
    if (threads != null) {
      threads.shutdown();
    }
  }
}
