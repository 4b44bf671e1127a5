package io.rapd.train.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.nn.Initializer;
import io.rapd.core.nn.Module;
import io.rapd.core.nn.Parameter;
import io.rapd.core.torch.Autograd;
import io.rapd.core.torch.Constant;
import io.rapd.core.torch.ProcessorThreads;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WorkersTest {
  private static final class Scale extends Module {
    private final Parameter factor = parameter("factor", new Shape(1), Initializer.ones());

    /** Adds d(factor x) / d(factor) = x to the gradient; the thread's own share of threads. */
    int backward(float x) {
      try (NDManager scope = factor.value().getManager().newSubManager()) {
        Autograd.backward(
            factor.value().mul(Constant.of(scope, new float[] {x}, new Shape(1))).sum());
      }
      return ProcessorThreads.count();
    }
  }

  private final NDManager manager = NDManager.newBaseManager();
  private final Scale network = new Scale();

  @BeforeEach
  void initialize() {
    network.initialize(manager, 1);
    network.trainedValues();
  }

  @AfterEach
  void close() {
    manager.close();
  }

  private float gradient() {
    try (NDManager scope = manager.newSubManager()) {
      return Autograd.gradient(network.factor.value(), scope).toFloatArray()[0];
    }
  }

  private Workers<Scale> workers(int count) {
    return new Workers<>(network, count, Device.cpu(), Scale::new);
  }

  private <T> List<T> run(Workers<Scale> workers, List<Function<Scale, T>> tasks) {
    return workers.backward(tasks.size(), 1, manager, micro -> tasks.get(micro.first()));
  }

  @Test
  void gradientsOfAllWorkersAreAddedToTheTrainedNetwork() {
    int threads = ProcessorThreads.count();
    int share = Math.max(1, threads / 3);
    try (Workers<Scale> workers = workers(3)) {
      CyclicBarrier together = new CyclicBarrier(3);
      List<Function<Scale, Integer>> tasks =
          List.of(meeting(together, 1), meeting(together, 10), meeting(together, 100));
      assertThat(run(workers, tasks)).containsExactly(share, share, share);
      assertThat(gradient()).isEqualTo(111);
      run(workers, List.<Function<Scale, Integer>>of(scale -> scale.backward(1000)));
      assertThat(gradient()).isEqualTo(1111); // what was added once is not added again
    }
    assertThat(ProcessorThreads.count()).isEqualTo(threads);
  }

  /** A task that ends only if the others run beside it. */
  private static Function<Scale, Integer> meeting(CyclicBarrier together, float x) {
    return scale -> {
      try {
        together.await();
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
      return scale.backward(x);
    };
  }

  /** Micro-batches by (batch size, largest, workers): {first, end} of each. */
  @ParameterizedTest
  @CsvSource({
    "7, 3, 1, 0-3 3-6 6-7",
    "7, 100, 1, 0-7",
    "7, 0, 1, 0-1 1-2 2-3 3-4 4-5 5-6 6-7",
    "7, 3, 2, 0-3 3-6 6-7",
    "7, 100, 2, 0-4 4-7",
    "5, 100, 3, 0-2 2-4 4-5",
    "2, 100, 9, 0-1 1-2"
  })
  void everySampleIsInOneMicroBatch(int size, long largest, int count, String expected) {
    NDArray batch = manager.arange((float) size).reshape(size, 1);
    try (Workers<Scale> workers = workers(count)) {
      List<MicroBatch> all = new ArrayList<>();
      List<String> ranges =
          workers.backward(
              size,
              largest,
              manager,
              micro -> {
                all.add(micro);
                float[] rows = micro.of(batch).toFloatArray();
                assertThat(rows).hasSize(micro.size()).startsWith(micro.first());
                return scale -> micro.first() + "-" + micro.end();
              });
      assertThat(String.join(" ", ranges)).isEqualTo(expected);
      assertThat(all.stream().mapToDouble(MicroBatch::share).sum()).isCloseTo(1, within(1e-12));
      assertThat(all).noneMatch(micro -> micro.scope().isOpen());
    }
  }

  @Test
  void weightsAreShared() {
    try (Workers<Scale> workers = workers(2)) {
      network.factor.value().setRequiresGradient(false);
      network.factor.value().addi(4);
      network.factor.value().setRequiresGradient(true);
      Function<Scale, Float> value =
          scale -> {
            scale.backward(1);
            return values(scale)[0];
          };
      assertThat(run(workers, List.of(value, value))).containsExactly(5f, 5f);
    }
  }

  private static float[] values(Scale scale) {
    NDArray factor = scale.factor.value();
    return factor.toFloatArray();
  }

  @Test
  void aTaskThatFailsFailsTheStepOnceAllHaveEnded() {
    try (Workers<Scale> workers = workers(2)) {
      Function<Scale, Integer> broken =
          scale -> {
            throw new IllegalArgumentException("broken");
          };
      Function<Scale, Integer> sound = scale -> scale.backward(1);
      assertThatThrownBy(() -> run(workers, List.of(broken, sound)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("broken");
      assertThat(run(workers, List.of(sound, sound))).hasSize(2);
    }
  }
}
