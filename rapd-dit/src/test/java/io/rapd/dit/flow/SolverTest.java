package io.rapd.dit.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.config.ConfigException;
import io.rapd.core.config.ConfigFile;
import io.rapd.dit.flow.Solver.StepListener;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SolverTest {
  private static final Shape SHAPE = new Shape(2, 1, 2, 3);

  private final NDManager manager = NDManager.newBaseManager();
  private final AtomicInteger evaluations = new AtomicInteger();

  @AfterEach
  void close() {
    manager.close();
  }

  /** dz/dt = 3 t^2 - 2 z; with z(0) = 1 the solution is 1.5 t^2 - 1.5 t + 0.75 + 0.25 e^-2t. */
  private NDArray velocity(NDArray latent, double time) {
    evaluations.incrementAndGet();
    return latent.mul(-2).add(3 * time * time);
  }

  private double error(Solver solver, int steps, double shift) {
    double exact = 0.75 + 0.25 * Math.exp(-2);
    double[] times = new TimeShift(shift).timesteps(steps);
    try (NDArray end =
        solver.solve(this::velocity, manager.ones(SHAPE), times, StepListener.NONE)) {
      return Math.abs(end.toFloatArray()[3] - exact);
    }
  }

  /** Halving the steps divides the error by 2 to the order. */
  @ParameterizedTest
  @CsvSource({
    "EULER, 2, 1",
    "EULER, 2, 3",
    "HEUN, 4, 1",
    "HEUN, 4, 3",
    "ADAMS2, 4, 1",
    "ADAMS2, 4, 3"
  })
  void theErrorFallsWithTheOrder(SolverType type, double ratio, double shift) {
    double coarse = error(type.solver(), 12, shift);
    double fine = error(type.solver(), 24, shift);
    assertThat(coarse / fine).isBetween(0.75 * ratio, 1.45 * ratio);
  }

  @Test
  void higherOrdersAreCloserAtTheSameNumberOfEvaluations() {
    double euler = error(SolverType.EULER.solver(), 24, 2);
    double adams2 = error(SolverType.ADAMS2.solver(), 24, 2);
    double adams3 = error(SolverType.ADAMS3.solver(), 24, 2);
    assertThat(evaluations).hasValue(3 * 24);
    assertThat(adams2).isLessThan(euler / 5);
    assertThat(adams3).isLessThan(adams2);
    evaluations.set(0);
    error(SolverType.HEUN.solver(), 24, 2);
    assertThat(evaluations).hasValue(2 * 24 - 1);
  }

  /** The weights are exact for polynomials of lower degree than the order. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void adamsWeightsIntegratePolynomials(int order) {
    AdamsBashforthSolver solver = new AdamsBashforthSolver(order);
    double[] times = {0, 0.05, 0.21, 0.3, 0.72, 1};
    for (int k = 0; k + 1 < times.length; k++) {
      double[] weights = solver.weights(times, k);
      int used = Math.min(order, k + 1);
      assertThat(weights).hasSize(used);
      for (int degree = 0; degree < used; degree++) {
        double sum = 0;
        for (int j = 0; j < used; j++) {
          sum += weights[j] * Math.pow(times[k + 1 - used + j], degree);
        }
        double integral =
            (Math.pow(times[k + 1], degree + 1) - Math.pow(times[k], degree + 1)) / (degree + 1);
        assertThat(sum).isCloseTo(integral / (times[k + 1] - times[k]), within(1e-12));
      }
    }
  }

  @Test
  void adamsOfOrderOneIsEuler() {
    double[] times = new TimeShift(5).timesteps(7);
    NDArray start = manager.ones(SHAPE);
    float[] euler =
        new EulerSolver().solve(this::velocity, start, times, StepListener.NONE).toFloatArray();
    assertThat(
            new AdamsBashforthSolver(1)
                .solve(this::velocity, start, times, StepListener.NONE)
                .toFloatArray())
        .isEqualTo(euler);
    assertThatThrownBy(() -> new AdamsBashforthSolver(4)).hasMessage("order must be 1 to 3, got 4");
  }

  @ParameterizedTest
  @EnumSource
  void noArraysAreLeftBehindEvenWhenStopped(SolverType type) {
    NDArray start = manager.ones(SHAPE);
    double[] times = new TimeShift(3).timesteps(6);
    int before = manager.getManagedArrays().size();
    try (NDArray end = type.solver().solve(this::velocity, start, times, StepListener.NONE)) {
      assertThat(manager.getManagedArrays()).hasSize(before + 1);
      assertThat(end.getShape()).isEqualTo(SHAPE);
    }
    assertThatThrownBy(
            () -> type.solver().solve(this::velocity, start, times, (done, all, z) -> done < 4))
        .isInstanceOf(CancellationException.class)
        .hasMessageContaining("after step 4 of 6");
    assertThat(manager.getManagedArrays()).hasSize(before);
    assertThat(start.toFloatArray()).containsOnly(1);
  }

  @Test
  void onlyAdamsLeavesTheMaximumUnguided() {
    Guidance guidance = new Guidance(4, 0.25, 0.75);
    for (SolverType type : SolverType.values()) {
      Guidance effective = type.effective(guidance);
      boolean adams = type == SolverType.ADAMS2 || type == SolverType.ADAMS3;
      assertThat(effective.activeAt(0.75)).as("%s", type).isEqualTo(!adams);
      assertThat(effective.activeAt(0.7499)).isTrue();
      assertThat(effective.activeAt(0.25)).isFalse();
      assertThat(type.effective(new Guidance(4, 0.5, 0.5)).activeAt(0.5)).isFalse();
      assertThat(type.effective(new Guidance(4, 0, 0)).activeAt(0)).isFalse();
    }
  }

  @Test
  void configurationsMayLeaveSolverAndNoiseOut() {
    String guidance = "\"guidance\": {\"scale\": 2, \"minimum\": 0, \"maximum\": 1}";
    assertThat(parse("{\"steps\": 3, " + guidance + "}"))
        .isEqualTo(new SamplingConfig(3, Guidance.of(2)));
    SamplingConfig chosen =
        parse(
            "{\"steps\": 3, \"solver\": \"adams3\", \"noise\": \"torch_randn\", " + guidance + "}");
    assertThat(chosen)
        .isEqualTo(
            new SamplingConfig(3, Guidance.of(2), SolverType.ADAMS3, NoiseSource.TORCH_RANDN));
    assertThat(parse(ConfigFile.write(chosen))).isEqualTo(chosen);
    assertThatThrownBy(() -> parse("{\"steps\": 3, \"solver\": \"rk4\", " + guidance + "}"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("x.json: solver: expected one of euler, heun, adams2, adams3")
        .hasMessageContaining("rk4");
  }

  private static SamplingConfig parse(String json) {
    return ConfigFile.parse("x.json", json, SamplingConfig.class, List.of());
  }
}
