package io.rapd.dit.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.fixture.Fixture;
import io.rapd.core.torch.RandomStream;
import io.rapd.dit.flow.Solver.StepListener;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class LatentEditTest {
  private static final Shape LATENT = new Shape(2, 4, 4);
  private static final FlowConfig FLOW = new FlowConfig(3, 0, 1, "velocity", 0);

  private final NDManager manager = NDManager.newBaseManager();

  @AfterEach
  void close() {
    manager.close();
  }

  private NDArray known() {
    return RandomStream.of(1, "known", 0).normal(manager, new Shape(1).addAll(LATENT));
  }

  private NDArray text(int prompts) {
    return manager.zeros(new Shape(prompts, 1, 1));
  }

  /** A network that pulls everything to 7. */
  private static NDArray network(NDArray latent, NDArray times, NDArray text) {
    return latent.neg().add(7);
  }

  private static LatentSampler sampler(SolverType solver, int steps) {
    SamplingConfig sampling =
        new SamplingConfig(steps, Guidance.none(), solver, NoiseSource.RANDOM_STREAM);
    return new LatentSampler(LatentEditTest::network, LATENT, FLOW, sampling, 5);
  }

  private NDArray mask(float... rows) {
    float[] cells = new float[16];
    IntStream.range(0, 16).forEach(i -> cells[i] = rows[i / 4]);
    return manager.create(cells, new Shape(1, 1, 4, 4));
  }

  @ParameterizedTest
  @EnumSource(SolverType.class)
  void whatTheMaskKeepsEndsAtTheKnownLatentAndTheRestAtWhatIsSampledAlone(SolverType solver) {
    NDArray known = known();
    LatentEdit edit = new LatentEdit(known, 0.7, Optional.of(mask(0, 0, 1, 1)));
    LatentSampler sampler = sampler(solver, 10);
    float[] edited = sampler.edit(edit, text(2), text(1), StepListener.NONE).toFloatArray();
    LatentEdit all = new LatentEdit(known, 0.7, Optional.empty());
    float[] free = sampler.edit(all, text(2), text(1), StepListener.NONE).toFloatArray();
    float[] expected = known.toFloatArray();
    for (int i = 0; i < edited.length; i++) {
      boolean kept = i % 16 < 8;
      assertThat(edited[i]).isCloseTo(kept ? expected[i % 32] : free[i], within(1e-5f));
    }
  }

  /** The blend of a soft mask must not depend on how often the known part is imposed. */
  @Test
  void softMasksDoNotHardenWithTheNumberOfSteps() {
    LatentEdit edit = new LatentEdit(known(), 1, Optional.of(mask(0.5f, 0.5f, 0.5f, 0.5f)));
    float[] few =
        sampler(SolverType.HEUN, 40).edit(edit, text(1), text(1), StepListener.NONE).toFloatArray();
    float[] many =
        sampler(SolverType.HEUN, 160)
            .edit(edit, text(1), text(1), StepListener.NONE)
            .toFloatArray();
    Fixture.assertClose("soft", many, few, 5e-3);
  }

  @Test
  void aNetworkThatKnowsTheAnswerGivesTheImageBackAtAnyStrength() {
    NDArray known = known();
    FlowConfig flow = new FlowConfig(3, 0, 1, "data", 0);
    SamplingConfig sampling = new SamplingConfig(8, Guidance.none());
    LatentSampler sampler =
        new LatentSampler((z, t, text) -> known.duplicate(), LATENT, flow, sampling, 3);
    for (double strength : new double[] {0.3, 0.9}) {
      LatentEdit edit = new LatentEdit(known, strength, Optional.empty());
      NDArray latent = sampler.edit(edit, text(1), text(1), StepListener.NONE);
      Fixture.assertClose("latent", latent.toFloatArray(), known.toFloatArray(), 1e-5);
    }
  }

  @Test
  void fullStrengthWithoutAMaskIsPlainGeneration() {
    LatentEdit edit = new LatentEdit(known(), 1, Optional.empty());
    LatentSampler sampler = sampler(SolverType.EULER, 5);
    assertThat(sampler.edit(edit, text(2), text(1), StepListener.NONE).toFloatArray())
        .isEqualTo(sampler.sample(text(2), text(1), StepListener.NONE).toFloatArray());
  }

  @Test
  void theTimesAreTheLastOnesOfPlainSampling() {
    SamplingConfig sampling = new SamplingConfig(10, Guidance.none());
    double[] all = sampling.timesteps(FLOW);
    double[] last = new LatentEdit(known(), 0.4, Optional.empty()).timesteps(sampling, FLOW);
    assertThat(last).containsExactly(Arrays.copyOfRange(all, 6, 11), within(1e-12));
    double[] one = new LatentEdit(known(), 1e-9, Optional.empty()).timesteps(sampling, FLOW);
    assertThat(one).hasSize(2).endsWith(1);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, -0.1, 1.0001, Double.NaN, Double.POSITIVE_INFINITY})
  void strengthsOutOfRangeAreRefused(double strength) {
    NDArray known = known();
    assertThatThrownBy(() -> new LatentEdit(known, strength, Optional.empty()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("strength must be greater than 0 and at most 1, got " + strength);
  }

  @Test
  void masksAndLatentsOfOtherShapesAreRefused() {
    NDArray known = known();
    NDArray small = manager.ones(new Shape(1, 1, 2, 2));
    assertThatThrownBy(() -> new LatentEdit(known, 1, Optional.of(small)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("must be (1, 1, 4, 4), got (1, 1, 2, 2)");
    LatentEdit other = new LatentEdit(manager.ones(new Shape(1, 3, 4, 4)), 1, Optional.empty());
    LatentSampler sampler = sampler(SolverType.EULER, 2);
    assertThatThrownBy(() -> sampler.edit(other, text(1), text(1), StepListener.NONE))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("must be (1, 2, 4, 4), got (1, 3, 4, 4)");
  }

  @Test
  void editingLeavesNoArraysBehind() {
    LatentEdit edit = new LatentEdit(known(), 0.5, Optional.of(mask(0, 1, 0, 1)));
    NDArray text = text(1);
    int before = manager.getManagedArrays().size();
    sampler(SolverType.ADAMS2, 4).edit(edit, text, text, StepListener.NONE).close();
    assertThat(manager.getManagedArrays()).hasSize(before);
  }
}
