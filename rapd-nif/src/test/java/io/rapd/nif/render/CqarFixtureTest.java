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
import org.junit.jupiter.api.Test;

class CqarFixtureTest {
  private final Fixture fixture = Fixture.load("cqar");
  private final JsonNode config = fixture.config();
  private final int blocks = config.get("blocks").asInt();
  private final CqarRenderer renderer =
      new CqarRenderer(
          new CqarConfig(
              config.get("width").asInt(),
              config.get("heads").asInt(),
              config.get("window").asInt(),
              blocks,
              config.get("expansion").asInt()),
          config.get("latent_channels").asInt(),
          Precision.FLOAT32);

  @Test
  void everyTargetSizeIsAsWrittenInThePaper() {
    try (NDManager manager = NDManager.newBaseManager()) {
      FixtureArrays arrays = new FixtureArrays(fixture, manager);
      renderer.bind(arrays.weights());
      for (JsonNode target : config.get("targets")) {
        PixelGrid grid = new PixelGrid(target.get(0).asInt(), target.get(1).asInt());
        NDArray rgb = renderer.render(arrays.array("in.z"), grid);
        arrays.assertClose("out.rgb_" + grid.height() + "x" + grid.width(), rgb, 2e-5);
      }
    }
  }

  @Test
  void tokensAfterEachBlockAreAsWritten() {
    try (NDManager manager = NDManager.newBaseManager()) {
      FixtureArrays arrays = new FixtureArrays(fixture, manager);
      renderer.bind(arrays.weights());
      PixelGrid grid = first();
      NDArray tokens =
          renderer.query(LatentSource.of(arrays.array("in.z")), grid, grid.whole(), manager);
      arrays.assertClose("out.tokens0", tokens, 2e-5);
      for (int i = 1; i <= blocks && fixture.has("out.tokens" + i); i++) {
        tokens = renderer.block(i - 1, tokens, grid.whole());
        arrays.assertClose("out.tokens" + i, tokens, 2e-5);
      }
    }
  }

  @Test
  void gradientsAreAsWritten() {
    try (NDManager manager = NDManager.newBaseManager();
        GradMode recording = GradMode.enabled()) {
      FixtureArrays arrays = new FixtureArrays(fixture, manager);
      renderer.bind(arrays.weights());
      Map<String, NDArray> trained = renderer.trainedValues();
      NDArray z = Autograd.leaf(arrays.array("in.z"));
      NDArray loss = renderer.render(z, first()).square().mean();
      arrays.assertClose("out.loss", loss, 2e-5);
      Autograd.backward(loss);
      arrays.assertClose("grad.z", Autograd.gradient(z, manager), 1e-4);
      trained.forEach(
          (name, value) -> {
            if (fixture.has("grad." + name)) {
              arrays.assertClose("grad." + name, Autograd.gradient(value, manager), 1e-4);
            }
          });
    }
  }

  private PixelGrid first() {
    JsonNode target = config.get("targets").get(0);
    return new PixelGrid(target.get(0).asInt(), target.get(1).asInt());
  }
}
