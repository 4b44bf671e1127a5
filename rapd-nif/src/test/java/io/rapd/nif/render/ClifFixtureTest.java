package io.rapd.nif.render;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import io.rapd.core.fixture.Fixture;
import io.rapd.core.fixture.FixtureArrays;
import io.rapd.core.grid.PixelGrid;
import io.rapd.core.torch.Autograd;
import io.rapd.core.torch.GradMode;
import io.rapd.core.torch.Precision;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClifFixtureTest {
  private static ClifRenderer renderer(JsonNode config) {
    return new ClifRenderer(
        new ClifConfig(config.get("hidden").asInt(), config.get("normalize").asBoolean()),
        config.get("latent_channels").asInt(),
        Precision.FLOAT32);
  }

  private static PixelGrid grid(JsonNode target) {
    return new PixelGrid(target.get(0).asInt(), target.get(1).asInt());
  }

  @ParameterizedTest
  @ValueSource(strings = {"clif_renderer", "clif_renderer_plain"})
  void everyTargetSizeIsAsPublished(String name) {
    Fixture fixture = Fixture.load(name);
    try (NDManager manager = NDManager.newBaseManager()) {
      FixtureArrays arrays = new FixtureArrays(fixture, manager);
      ClifRenderer renderer = renderer(fixture.config());
      renderer.bind(arrays.weights());
      NDArray z = arrays.array("in.z");
      for (JsonNode target : fixture.config().get("targets")) {
        PixelGrid grid = grid(target);
        String expected = "out.rgb_" + grid.height() + "x" + grid.width();
        arrays.assertClose(expected, renderer.render(z, grid), 2e-5);
        // The same image with the statistics of its tiles.
        NDArray tiled = renderer.forImage(z, grid).render(z, grid, grid.whole());
        arrays.assertClose(expected, tiled, 2e-5);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"clif_renderer", "clif_renderer_plain"})
  void gradientsAreAsPublished(String name) {
    Fixture fixture = Fixture.load(name);
    try (NDManager manager = NDManager.newBaseManager();
        GradMode recording = GradMode.enabled()) {
      FixtureArrays arrays = new FixtureArrays(fixture, manager);
      ClifRenderer renderer = renderer(fixture.config());
      renderer.bind(arrays.weights());
      Map<String, NDArray> trained = renderer.trainedValues();
      NDArray z = Autograd.leaf(arrays.array("in.z"));
      PixelGrid first = grid(fixture.config().get("targets").get(0));
      NDArray loss = renderer.render(z, first).square().mean();
      arrays.assertClose("out.loss", loss, 2e-5);
      Autograd.backward(loss);
      arrays.assertClose("grad.z", Autograd.gradient(z, manager), 1e-4);
      trained.forEach(
          (parameter, value) -> {
            if (fixture.has("grad." + parameter)) {
              arrays.assertClose("grad." + parameter, Autograd.gradient(value, manager), 1e-4);
            }
          });
    }
  }
}
