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
 * Computes passes of a step side by side on a processor. The operators of a small network are too
 * short to be worth sharing among cores; passes are not. The first worker has the trained network
 * itself, each other a network that shares its weights' memory and collects gradients of its own,
 * which are added in a fixed order: results do not depend on which thread is faster. On a GPU, and
 * with one worker, passes run on the caller's thread.
 *
 * @param <M> the trained network
 */
public final class Workers<M extends Module> implements AutoCloseable {
  private static final Kernel ADD =
      Kernel.of(
          "AddGradients",
          """
          def forward(self, sums: List[Tensor], more: List[Tensor]) -> Tensor:
            _0 = torch._foreach_add_(sums, more)
            _1 = torch._foreach_zero_(more)
            return sums[0]
          """);

  private final List<M> networks = new ArrayList<>();
  private final @Nullable ExecutorService threads;

  /**
   * Workers on a network.
   *
   * @param network trained, with values
   * @param count at most how many work at once; the processor's threads are shared among them
   * @param device where the network's values lie
   * @param another makes a further network of the same structure, without values
   */
  public Workers(M network, int count, Device device, Supplier<? extends M> another) {
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
      threads.execute(() -> {}); // starts a thread each
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

  /** How many passes are computed at once. */
  public int count() {
    return networks.size();
  }

  /**
   * Computes passes, recording for back-propagation, each with the network of one worker.
   *
   * @param passes at most {@link #count}; each with arrays on a manager of its own
   * @return their results in order, once all have ended
   */
  public <T> List<T> run(List<? extends Function<? super M, ? extends T>> passes) {
    if (passes.size() > networks.size()) {
      throw new IllegalArgumentException(
          "at most %d passes at once, got %d".formatted(networks.size(), passes.size()));
    }
    if (threads == null) {
      return List.of(record(passes.get(0), networks.get(0)));
    }
    List<Callable<T>> tasks = new ArrayList<>();
    for (int i = 0; i < passes.size(); i++) {
      Function<? super M, ? extends T> pass = passes.get(i);
      M network = networks.get(i);
      tasks.add(() -> record(pass, network));
    }
    List<T> results = new ArrayList<>();
    try {
      for (Future<T> future : threads.invokeAll(tasks)) {
        results.add(future.get());
      }
    } catch (InterruptedException e) {
      throw interrupted(e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      if (e.getCause() instanceof Error failure) {
        throw failure;
      }
      throw new IllegalStateException(e.getCause());
    }
    return results;
  }

  private static <M, T> T record(Function<? super M, ? extends T> pass, M network) {
    try (GradMode recording = GradMode.enabled()) {
      return pass.apply(network);
    }
  }

  /** Adds what the other networks collected to the trained one's gradients, and zeroes it. */
  public void addGradients(NDManager manager) {
    List<NDArray> leaves = List.copyOf(networks.get(0).trainedValues().values());
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

  /** Ends the threads. */
  @Override
  public void close() {
    if (threads != null) {
      threads.shutdown();
    }
  }
}
