package io.rapd.dit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Percentage.withPercentage;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import io.rapd.core.fixture.Fixture;
import io.rapd.core.fixture.FixtureArrays;
import io.rapd.core.torch.Autograd;
import io.rapd.core.torch.GradMode;
import io.rapd.core.torch.Precision;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DenoiserFixtureTest {
  private static final double TOLERANCE = 5e-5;
  private static final double GRADIENT_TOLERANCE = 2e-4;

  private final NDManager manager = NDManager.newBaseManager();
  private final Fixture fixture = Fixture.load("denoiser");
  private final FixtureArrays arrays = new FixtureArrays(fixture, manager);
  private final Denoiser denoiser = DenoiserFixtures.load(manager, Precision.FLOAT32);

  @AfterEach
  void close() {
    manager.close();
  }

  @Test
  void embeddingsMatch() {
    NDArray time = arrays.array("in.t");
    arrays.assertClose("out.t_emb", denoiser.timeEmbedder().embedding(time), TOLERANCE);
    arrays.assertClose(
        "out.y_refined", denoiser.refinedText(time, arrays.array("in.y")), TOLERANCE);
  }

  @Test
  void predictionAndFeaturesMatch() {
    NDArray latent = arrays.array("in.x");
    NDArray time = arrays.array("in.t");
    NDArray text = arrays.array("in.y");
    DenoiserOutput none = denoiser.forward(latent, time, text, 0);
    DenoiserOutput one = denoiser.forward(latent, time, text, 1);
    arrays.assertClose("out.feat0", none.features(), TOLERANCE);
    arrays.assertClose("out.feat", one.features(), TOLERANCE);
    arrays.assertClose("out.v", one.prediction(), TOLERANCE);
    arrays.assertClose("out.v", denoiser.forward(latent, time, text), TOLERANCE);
    assertThat(one.prediction().square().mean().getFloat())
        .isCloseTo(fixture.floats("out.loss")[0], withPercentage(0.01));
  }

  @Test
  void nonSquareGridsMatch() {
    // The stored non-square input goes with the first times and texts.
    String first = ":" + fixture.shape("in.x_rect")[0];
    NDArray prediction =
        denoiser.forward(
            arrays.array("in.x_rect"),
            arrays.array("in.t").get(first),
            arrays.array("in.y").get(first));
    arrays.assertClose("out.v_rect", prediction, TOLERANCE);
  }

  @Test
  void rotaryTablesMatch() {
    int grid = denoiser.config().gridSize();
    assertRotation("", grid, grid);
    JsonNode rect = fixture.config().get("rect");
    int patch = denoiser.config().patchSize();
    assertRotation("_rect", rect.get(0).intValue() / patch, rect.get(1).intValue() / patch);
  }

  private void assertRotation(String suffix, int rows, int columns) {
    NDArray table = denoiser.rotaryTable().on(manager, rows, columns);
    arrays.assertClose("out.rope_cos" + suffix, table.get("..., 0"), TOLERANCE);
    arrays.assertClose("out.rope_sin" + suffix, table.get("..., 1"), TOLERANCE);
  }

  @Test
  void theBuiltPositionTableIsTheStoredOne() {
    Denoiser fresh = denoiser.config().build(Precision.FLOAT32);
    fresh.initialize(manager, 1);
    arrays.assertClose("weights.pos_embed", fresh.values().get("pos_embed"), 1e-6);
  }

  @Test
  void allGradientsMatch() {
    Fixture expected = Fixture.load("denoiser_grads");
    FixtureArrays gradients = new FixtureArrays(expected, manager);
    Map<String, NDArray> trained = denoiser.trainedValues();
    try (GradMode recording = GradMode.enabled()) {
      NDArray prediction =
          denoiser.forward(arrays.array("in.x"), arrays.array("in.t"), arrays.array("in.y"));
      Autograd.backward(prediction.square().mean());
    }
    assertThat(trained).hasSize(expected.keys().size());
    trained.forEach(
        (name, value) ->
            gradients.assertClose(
                "grad." + name, Autograd.gradient(value, manager), GRADIENT_TOLERANCE));
  }

  @Test
  void aLatentOfOneSampleIsIndependentOfItsBatch() {
    NDArray batch =
        denoiser.forward(arrays.array("in.x"), arrays.array("in.t"), arrays.array("in.y"));
    assertThat(new Shape(fixture.shape("out.v"))).isEqualTo(batch.getShape());
    for (int b = 0; b < batch.getShape().get(0); b++) {
      String one = b + ":" + (b + 1);
      NDArray alone =
          denoiser.forward(
              arrays.array("in.x").get(one),
              arrays.array("in.t").get(one),
              arrays.array("in.y").get(one));
      Fixture.assertClose(one, alone.toFloatArray(), batch.get(one).toFloatArray(), 1e-5);
    }
  }
}
