package io.rapd.dit.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import io.rapd.core.fixture.Fixture;
import io.rapd.core.fixture.FixtureArrays;
import io.rapd.core.image.ImageTensors;
import io.rapd.core.torch.Precision;
import io.rapd.dit.Denoiser;
import io.rapd.dit.PixelGenCheckpoint;
import io.rapd.dit.flow.Solver.StepListener;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** PixelGen's samplers with the averaged weights of a checkpoint. */
class PixelGenSamplingFixtureTest {
  private static final double TOLERANCE = 1e-4;

  private final NDManager manager = NDManager.newBaseManager();
  private final Fixture fixture = Fixture.load("pixelgen_sampling");
  private final FixtureArrays arrays = new FixtureArrays(fixture, manager);
  private final JsonNode run = fixture.config().get("run");
  private final FlowConfig flow =
      new FlowConfig(run.get("timeshift").doubleValue(), -0.8, 0.8, "data", 0.1);
  private final double[] times = flow.shift().timesteps(run.get("num_steps").intValue());
  private final Guidance guidance = Guidance.of(run.get("guidance").doubleValue());
  private final Denoiser denoiser = load();

  private Denoiser load() {
    Path path = Fixture.file(fixture.config().get("checkpoint").textValue());
    try (PixelGenCheckpoint checkpoint = PixelGenCheckpoint.open(path)) {
      return checkpoint.load(Precision.FLOAT32, manager);
    }
  }

  @AfterEach
  void close() {
    manager.close();
  }

  private NDArray sample(SolverType type) {
    SamplingConfig sampling =
        new SamplingConfig(times.length - 1, guidance, type, NoiseSource.TORCH_RANDN);
    return new LatentSampler(denoiser::forward, denoiser.config().latentShape(), flow, sampling, 0)
        .sample(
            arrays.array("in.noise"),
            arrays.array("in.condition"),
            arrays.array("in.uncondition"),
            StepListener.NONE);
  }

  @Test
  void timesMatch() {
    Fixture.assertClose("out.timesteps", narrow(times), fixture.floats("out.timesteps"), 2e-6);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void adamsWeightsAndTrajectoriesMatch(int order) {
    String name = "out.adams" + order;
    AdamsBashforthSolver solver = new AdamsBashforthSolver(order);
    float[] expected =
        fixture.floats(name + "_coefficients"); // (steps, K), zeros behind the first rows
    for (int k = 0; k + 1 < times.length; k++) {
      double[] weights = solver.weights(times, k);
      for (int j = 0; j < weights.length; j++) {
        assertThat(weights[j])
            .as("weight %d of step %d", j, k)
            .isCloseTo(expected[k * order + j], within(1e-5));
      }
    }
    List<float[]> states = new ArrayList<>();
    GuidedField field =
        new GuidedField(
            denoiser::forward,
            flow.prediction(),
            guidance.withoutMaximum(),
            arrays.array("in.condition"),
            arrays.array("in.uncondition"));
    NDArray end =
        solver.solve(
            field,
            arrays.array("in.noise"),
            times,
            (done, all, latent) -> states.add(latent.toFloatArray()));
    Fixture.assertClose(
        name + "_after_step3", states.get(2), fixture.floats(name + "_after_step3"), TOLERANCE);
    arrays.assertClose(name, end, TOLERANCE);
  }

  @Test
  void theSamplerDrawsWhatPixelGenDraws() {
    arrays.assertClose("out.euler", sample(SolverType.EULER), TOLERANCE);
    arrays.assertClose("out.adams3", sample(SolverType.ADAMS3), TOLERANCE);
    NDArray images = sample(SolverType.ADAMS2);
    arrays.assertClose("out.adams2", images, TOLERANCE);
    int[] levels = fixture.bytes("out.adams2_uint8"); // (B, 3, S, S)
    int area = levels.length / 3 / (int) images.getShape().get(0);
    for (int b = 0; b < images.getShape().get(0); b++) {
      byte[] rgb = ImageTensors.image(images, b).toRgbBytes(); // (S, S, 3)
      for (int i = 0; i < rgb.length; i++) {
        int expected = levels[(b * 3 + i % 3) * area + i / 3];
        assertThat(rgb[i] & 0xff).isCloseTo(expected, within(1));
      }
    }
  }

  /** The fixture's noise holds one draw for all images; the first is what one image alone gets. */
  @Test
  void theNoiseIsThatOfTorch() {
    long seed = run.get("seed").longValue();
    Shape shape = arrays.array("in.noise").getShape();
    arrays.assertClose("in.noise", NoiseSource.TORCH_RANDN.draw(manager, shape, seed), 1e-6);
    Shape one = new Shape(1).addAll(denoiser.config().latentShape());
    float[] alone = NoiseSource.TORCH_RANDN.draw(manager, one, seed).toFloatArray();
    Fixture.assertClose(
        "one image", alone, Arrays.copyOf(fixture.floats("in.noise"), alone.length), 1e-6);
  }

  private static float[] narrow(double[] values) {
    float[] narrow = new float[values.length];
    for (int i = 0; i < narrow.length; i++) {
      narrow[i] = (float) values[i];
    }
    return narrow;
  }
}
