package io.rapd.train.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

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

  @Test
  void gradientsOfAllPassesAreAddedToTheTrainedNetwork() {
    int threads = ProcessorThreads.count();
    int share = Math.max(1, threads / 3);
    try (Workers<Scale> workers = workers(3)) {
      CyclicBarrier together = new CyclicBarrier(3);
      List<Function<Scale, Integer>> passes =
          List.of(meeting(together, 1), meeting(together, 10), meeting(together, 100));
      assertThat(workers.run(passes)).containsExactly(share, share, share);
      assertThat(gradient()).isEqualTo(1);
      workers.addGradients(manager);
      assertThat(gradient()).isEqualTo(111);
      workers.run(List.<Function<Scale, Integer>>of(scale -> scale.backward(1000)));
      workers.addGradients(manager); // what was added once is not added again
      assertThat(gradient()).isEqualTo(1111);
    }
    assertThat(ProcessorThreads.count()).isEqualTo(threads);
  }

  /** A pass that ends only if the others run beside it. */
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

  @Test
  void weightsAreShared() {
    try (Workers<Scale> workers = workers(2)) {
      network.factor.value().setRequiresGradient(false);
      network.factor.value().addi(4);
      Function<Scale, Float> value = scale -> values(scale)[0];
      assertThat(workers.run(List.of(value, value))).containsExactly(5f, 5f);
    }
  }

  private static float[] values(Scale scale) {
    NDArray factor = scale.factor.value();
    return factor.toFloatArray();
  }

  @Test
  void aPassThatFailsFailsTheStepOnceAllHaveEnded() {
    try (Workers<Scale> workers = workers(2)) {
      Function<Scale, Integer> broken =
          scale -> {
            throw new IllegalArgumentException("broken");
          };
      Function<Scale, Integer> sound = scale -> scale.backward(1);
      assertThatThrownBy(() -> workers.run(List.of(broken, sound)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("broken");
      assertThat(workers.run(List.of(sound, sound))).hasSize(2);
      assertThatThrownBy(() -> workers.run(List.of(sound, sound, sound)))
          .hasMessage("at most 2 passes at once, got 3");
    }
  }
}
