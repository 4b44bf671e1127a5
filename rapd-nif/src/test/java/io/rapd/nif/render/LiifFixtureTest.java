package io.rapd.nif.render;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import io.rapd.core.fixture.Fixture;
import io.rapd.core.fixture.FixtureArrays;
import io.rapd.core.grid.PixelGrid;
import io.rapd.core.torch.Autograd;
import io.rapd.core.torch.GradMode;
import io.rapd.core.torch.Precision;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LiifFixtureTest {
  private static LiifRenderer renderer(JsonNode config) {
    List<Integer> hidden = new ArrayList<>();
    config.get("hidden_list").forEach(width -> hidden.add(width.asInt()));
    return new LiifRenderer(
        new LiifConfig(
            hidden,
            config.get("feat_unfold").asBoolean(),
            config.get("local_ensemble").asBoolean(),
            config.get("cell_decode").asBoolean()),
        config.get("feat_channels").asInt(),
        Precision.FLOAT32);
  }

  @ParameterizedTest
  @ValueSource(strings = {"liif_renderer", "liif_renderer_plain"})
  void theGridIsAsPublished(String name) {
    Fixture fixture = Fixture.load(name);
    JsonNode config = fixture.config();
    try (NDManager manager = NDManager.newBaseManager()) {
      FixtureArrays arrays = new FixtureArrays(fixture, manager);
      LiifRenderer renderer = renderer(config);
      renderer.bind(arrays.weights());
      PixelGrid grid = new PixelGrid(config.get("out_h").asInt(), config.get("out_w").asInt());
      NDArray rgb = renderer.render(arrays.array("in.feat"), grid); // (B, 3, H, W)
      NDArray points = rgb.transpose(0, 2, 3, 1).reshape(rgb.getShape().get(0), -1, 3);
      arrays.assertClose("out.rgb", points, 2e-5);
    }
  }

  /** Points with a cell of their own: each is a grid of one pixel. */
  @ParameterizedTest
  @ValueSource(strings = {"liif_renderer", "liif_renderer_plain"})
  void freePointsAndGradientsAreAsPublished(String name) {
    Fixture fixture = Fixture.load(name);
    try (NDManager manager = NDManager.newBaseManager();
        GradMode recording = GradMode.enabled()) {
      FixtureArrays arrays = new FixtureArrays(fixture, manager);
      LiifRenderer renderer = renderer(fixture.config());
      renderer.bind(arrays.weights());
      Map<String, NDArray> trained = renderer.trainedValues();
      NDArray features = Autograd.leaf(arrays.array("in.feat"));
      int points = (int) fixture.shape("in.coord_free")[1];
      NDList samples = new NDList();
      for (int b = 0; b < features.getShape().get(0); b++) {
        NDArray sample = features.get(b + ":" + (b + 1));
        NDList colours = new NDList();
        for (int q = 0; q < points; q++) {
          int at = 2 * (b * points + q);
          colours.add(
              renderer.query(
                  LatentSource.of(sample),
                  axis(fixture, at, (int) features.getShape().get(2)),
                  axis(fixture, at + 1, (int) features.getShape().get(3))));
        }
        samples.add(NDArrays.concat(colours, 2).squeeze(3).transpose(0, 2, 1));
      }
      NDArray rgb = NDArrays.concat(samples); // (B, Q, 3)
      arrays.assertClose("out.rgb_free", rgb, 2e-5);
      NDArray loss = rgb.square().mean();
      arrays.assertClose("out.loss", loss, 2e-5);
      Autograd.backward(loss);
      arrays.assertClose("grad.feat", Autograd.gradient(features, manager), 1e-4);
      trained.forEach(
          (parameter, value) ->
              arrays.assertClose("grad." + parameter, Autograd.gradient(value, manager), 1e-4));
    }
  }

  private static QueryAxis axis(Fixture fixture, int at, int cells) {
    double position = (fixture.floats("in.coord_free")[at] + 1.0) * cells / 2;
    return new QueryAxis(
        new double[] {position}, fixture.floats("in.cell_free")[at] * cells, cells);
  }
}
