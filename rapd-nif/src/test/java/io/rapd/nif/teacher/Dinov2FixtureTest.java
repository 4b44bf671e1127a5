package io.rapd.nif.teacher;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import io.rapd.core.fixture.Bfloat16Test;
import io.rapd.core.fixture.Fixture;
import io.rapd.core.fixture.FixtureArrays;
import io.rapd.core.torch.GradMode;
import io.rapd.core.torch.Kernel;
import io.rapd.core.torch.Precision;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class Dinov2FixtureTest {
  private static final double TOLERANCE = 5e-5;

  private final Fixture fixture = Fixture.load("dinov2");
  private final JsonNode sizes = fixture.config();

  @Test
  void tokensOfAnImageOfTheTrainingSizeAreThePublished() {
    try (NDManager manager = NDManager.newBaseManager();
        GradMode frozen = GradMode.disabled()) {
      FixtureArrays arrays = new FixtureArrays(fixture, manager);
      Dinov2 network = network(PositionInterpolation.ORIGINAL, Precision.FLOAT32, arrays);
      NDArray pixels = arrays.array("in.pixels");
      arrays.assertClose("out.patch_tokens", network.patchTokens(pixels), TOLERANCE);
      arrays.assertClose("out.cls", network.forward(pixels).get(":, 0"), TOLERANCE);
    }
  }

  @ParameterizedTest
  @EnumSource
  void tokensOfAnotherSizeAreThoseOfEachPublisher(PositionInterpolation rule) {
    String end = rule == PositionInterpolation.ORIGINAL ? "_interp" : "_interp_size";
    try (NDManager manager = NDManager.newBaseManager();
        GradMode frozen = GradMode.disabled()) {
      FixtureArrays arrays = new FixtureArrays(fixture, manager);
      Dinov2 network = network(rule, Precision.FLOAT32, arrays);
      NDArray pixels = arrays.array("in.pixels_interp");
      int patch = sizes.get("patch_size").asInt();
      NDArray table = arrays.array("weights.embeddings.position_embeddings").squeeze(0);
      NDArray positions =
          Kernel.of(
                  "Positions",
                  "def forward(table):\n"
                      + "  return positions(table, $height, $width)\n"
                      + PositionInterpolation.METHOD,
                  Map.of(
                      "height",
                      sizes.get("pixels_interp").get(0).asInt() / patch,
                      "width",
                      sizes.get("pixels_interp").get(1).asInt() / patch,
                      "side",
                      sizes.get("image_size").asInt() / patch,
                      "dtype",
                      Precision.FLOAT32,
                      "resized",
                      rule.resized(false)))
              .call(table);
      arrays.assertClose("out.pos_embed" + end, positions, TOLERANCE);
      arrays.assertClose("out.patch_tokens" + end, network.patchTokens(pixels), TOLERANCE);
      arrays.assertClose("out.cls" + end, network.forward(pixels).get(":, 0"), TOLERANCE);
    }
  }

  @Bfloat16Test
  void bfloat16AgreesToItsAccuracy() {
    try (NDManager manager = NDManager.newBaseManager();
        GradMode frozen = GradMode.disabled()) {
      FixtureArrays arrays = new FixtureArrays(fixture, manager);
      Dinov2 network = network(PositionInterpolation.ORIGINAL, Precision.BFLOAT16, arrays);
      network.keepMatricesIn(Precision.BFLOAT16);
      arrays.assertClose("out.patch_tokens", network.patchTokens(arrays.array("in.pixels")), 0.05);
      arrays.assertClose(
          "out.patch_tokens_interp", network.patchTokens(arrays.array("in.pixels_interp")), 0.05);
    }
  }

  private Dinov2 network(
      PositionInterpolation interpolation, Precision precision, FixtureArrays arrays) {
    Dinov2Config config =
        new Dinov2Config(
            sizes.get("hidden_size").asInt(),
            sizes.get("num_hidden_layers").asInt(),
            sizes.get("num_attention_heads").asInt(),
            sizes.get("patch_size").asInt(),
            sizes.get("image_size").asInt(),
            sizes.get("mlp_ratio").asInt(),
            sizes.get("layer_norm_eps").asDouble(),
            0);
    Dinov2 network = new Dinov2(config, interpolation, precision);
    network.bind(arrays.weights());
    return network;
  }
}
