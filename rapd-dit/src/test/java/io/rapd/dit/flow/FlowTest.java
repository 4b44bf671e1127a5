package io.rapd.dit.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.fixture.Fixture;
import io.rapd.core.torch.RandomStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FlowTest {
  private static final Shape SHAPE = new Shape(2, 1, 2, 3);

  private final NDManager manager = NDManager.newBaseManager();
  private final NDArray data = RandomStream.of(1, "data", 0).normal(manager, SHAPE);
  private final NDArray noise = RandomStream.of(1, "noise", 0).normal(manager, SHAPE);
  private final FlowPath path = new FlowPath(data, noise);

  @AfterEach
  void close() {
    manager.close();
  }

  @Test
  void thePathRunsFromNoiseToData() {
    NDArray ends = path.at(manager.create(new float[] {0, 1}));
    assertThat(ends.get("0").toFloatArray()).isEqualTo(noise.get("0").toFloatArray());
    assertThat(ends.get("1").toFloatArray()).isEqualTo(data.get("1").toFloatArray());
  }

  @Test
  void oneEulerStepAlongTheTrueVelocityReachesTheData() {
    NDArray end =
        new EulerSolver()
            .solve(
                (latent, time) -> data.sub(noise),
                noise,
                new double[] {0, 1},
                Solver.StepListener.NONE);
    Fixture.assertClose("end", end.toFloatArray(), data.toFloatArray(), 1e-6);
  }

  @Test
  void bothParameterizationsOfThePerfectNetworkHaveNoLoss() {
    NDArray times = manager.create(new float[] {0.3f, 0.9f});
    NDArray latent = path.at(times);
    assertThat(loss("velocity", path.velocity(), latent, times)).isZero();
    assertThat(loss("data", data, latent, times)).isLessThan(1e-9f);
    assertThat(loss("velocity", manager.zeros(SHAPE), latent, times))
        .isCloseTo(path.velocity().square().mean().getFloat(), within(1e-5f));
    assertThatThrownBy(() -> Parameterization.ofLabel("noise"))
        .hasMessage("parameterization must be velocity or data, got \"noise\"");
  }

  private float loss(String label, NDArray output, NDArray latent, NDArray times) {
    return new FlowMatchingLoss(Parameterization.ofLabel(label))
        .of(output, path, latent, times)
        .getFloat();
  }

  @Test
  void timesFollowTheirLaw() {
    TimestepDistribution law = new TimestepDistribution(-0.8, 0.8);
    float[] times = law.sample(RandomStream.of(1, "times", 0), 20_000, new TimeShift(1));
    double mean = 0;
    double square = 0;
    for (float time : times) {
      double logit = Math.log(time / (1 - time));
      mean += logit / times.length;
      square += logit * logit / times.length;
    }
    assertThat(mean).isCloseTo(-0.8, within(0.03));
    assertThat(Math.sqrt(square - mean * mean)).isCloseTo(0.8, within(0.03));
    float[] shifted = law.sample(RandomStream.of(1, "times", 0), 1, new TimeShift(32));
    assertThat(shifted[0]).isEqualTo((float) new TimeShift(32).apply(times[0]), within(1e-6f));
  }

  @Test
  void anUnguidedStepRunsTheConditionalHalfAlone() {
    List<Long> batches = new ArrayList<>();
    NDArray text = manager.ones(new Shape(2, 3, 4));
    NDArray empty = manager.zeros(new Shape(1, 3, 4));
    DenoisingNetwork network =
        (latent, times, states) -> {
          batches.add(latent.getShape().get(0));
          // The mean of a prompt's states stands for its velocity.
          return latent
              .mul(0)
              .add(
                  states
                      .reshape(states.getShape().get(0), -1)
                      .mean(new int[] {1})
                      .reshape(-1, 1, 1, 1));
        };
    GuidedField field =
        new GuidedField(
            network, new Parameterization.Velocity(), new Guidance(3, 0, 0.5), text, empty);
    double[] times = {0, 0.25, 0.5, 0.75, 1};
    NDArray end =
        new EulerSolver().solve(field, manager.zeros(SHAPE), times, Solver.StepListener.NONE);
    assertThat(batches).containsExactly(2L, 4L, 4L, 2L);
    // v = 1 unguided, 0 + 3 (1 - 0) guided; each step is a quarter.
    assertThat(end.toFloatArray()).containsOnly(2f);
  }

  @Test
  void samplingLeavesNoArraysBehindEvenWhenStopped() {
    NDArray text = manager.ones(new Shape(2, 3, 4));
    GuidedField field =
        new GuidedField(
            (latent, times, states) -> latent.mul(2),
            new Parameterization.Data(0.05),
            Guidance.of(4),
            text,
            text);
    double[] times = new TimeShift(32).timesteps(6);
    int before = manager.getManagedArrays().size();
    List<Integer> heard = new ArrayList<>();
    try (NDArray end =
        new EulerSolver()
            .solve(field, noise, times, (done, steps, latent) -> heard.add(10 * done + steps))) {
      assertThat(manager.getManagedArrays()).hasSize(before + 1);
    }
    assertThat(heard).containsExactly(16, 26, 36, 46, 56, 66);
    assertThatThrownBy(
            () -> new EulerSolver().solve(field, noise, times, (done, steps, z) -> done < 2))
        .isInstanceOf(CancellationException.class)
        .hasMessageContaining("after step 2 of 6");
    assertThat(manager.getManagedArrays()).hasSize(before);
    assertThat(noise.toFloatArray()).hasSize((int) SHAPE.size());
  }

  @Test
  void valuesOutOfRangeAreNamed() {
    assertThatThrownBy(() -> new TimeShift(0)).hasMessage("timeShift must be positive, got 0.0");
    assertThatThrownBy(() -> new TimeShift(2).apply(1.5)).hasMessageContaining("[0, 1], got 1.5");
    assertThatThrownBy(() -> new TimeShift(2).timesteps(0)).hasMessageContaining("steps");
    assertThatThrownBy(() -> new TimestepDistribution(0, -1)).hasMessageContaining("std");
    assertThatThrownBy(() -> new Guidance(-1, 0, 1)).hasMessageContaining("guidance.scale");
    assertThatThrownBy(() -> new Guidance(4, 0.5, 0.2)).hasMessageContaining("minimum 0.5");
    assertThatThrownBy(() -> new FlowPath(data, manager.ones(new Shape(1))))
        .hasMessageContaining("data and noise must both be (B, C, H, W)");
    assertThatThrownBy(
            () ->
                new EulerSolver()
                    .solve((z, t) -> z, noise, new double[] {1, 0}, Solver.StepListener.NONE))
        .hasMessageContaining("times must increase");
  }
}
