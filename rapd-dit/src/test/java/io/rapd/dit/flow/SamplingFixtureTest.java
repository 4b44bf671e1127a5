package io.rapd.dit.flow;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import io.rapd.core.fixture.Fixture;
import io.rapd.core.fixture.FixtureArrays;
import io.rapd.core.torch.Precision;
import io.rapd.dit.Denoiser;
import io.rapd.dit.DenoiserFixtures;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SamplingFixtureTest {
  private static final double TOLERANCE = 1e-4;

  private final NDManager manager = NDManager.newBaseManager();
  private final Fixture fixture = Fixture.load("sampling");
  private final JsonNode config = fixture.config();
  private final FixtureArrays arrays = new FixtureArrays(fixture, manager);
  private final Denoiser denoiser = DenoiserFixtures.load(manager, Precision.FLOAT32);
  private final double[] times =
      new TimeShift(config.get("timeshift").doubleValue())
          .timesteps(config.get("num_steps").intValue());
  private final Guidance guidance =
      new Guidance(
          config.get("guidance").doubleValue(),
          config.get("guidance_interval_min").doubleValue(),
          config.get("guidance_interval_max").doubleValue());

  @AfterEach
  void close() {
    manager.close();
  }

  private NDArray sample(
      Parameterization parameterization, Guidance rule, Solver.StepListener listener) {
    GuidedField field =
        new GuidedField(
            denoiser::forward,
            parameterization,
            rule,
            arrays.array("in.cond"),
            arrays.array("in.uncond"));
    return new EulerSolver().solve(field, arrays.array("in.noise"), times, listener);
  }

  @Test
  void timestepsMatch() {
    float[] expected = fixture.floats("out.timesteps");
    float[] got = new float[times.length];
    for (int i = 0; i < got.length; i++) {
      got[i] = (float) times[i];
    }
    Fixture.assertClose("out.timesteps", got, expected, 2e-6);
  }

  @Test
  void theGuidedTrajectoryMatchesAtEveryStep() {
    List<float[]> trajectory = new ArrayList<>();
    trajectory.add(fixture.floats("in.noise"));
    NDArray end =
        sample(
            new Parameterization.Velocity(),
            guidance,
            (done, steps, latent) -> trajectory.add(latent.toFloatArray()));
    arrays.assertClose("out.x_final", end, TOLERANCE);
    float[] expected = fixture.floats("out.x_traj");
    int size = expected.length / trajectory.size();
    assertThat(trajectory).hasSize(times.length);
    for (int k = 0; k < trajectory.size(); k++) {
      float[] point = java.util.Arrays.copyOfRange(expected, k * size, (k + 1) * size);
      Fixture.assertClose("out.x_traj " + k, trajectory.get(k), point, TOLERANCE);
    }
  }

  @Test
  void theUnguidedEndMatches() {
    arrays.assertClose(
        "out.x_final_unguided",
        sample(new Parameterization.Velocity(), Guidance.none(), Solver.StepListener.NONE),
        TOLERANCE);
  }

  @Test
  void theEndUnderDataPredictionMatches() {
    arrays.assertClose(
        "out.x_final_xpred",
        sample(
            new Parameterization.Data(config.get("t_eps").doubleValue()),
            guidance,
            Solver.StepListener.NONE),
        TOLERANCE);
  }
}
