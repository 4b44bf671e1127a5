package io.rapd.nif.teacher;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import io.rapd.core.fixture.Bfloat16Test;
import io.rapd.core.fixture.Fixture;
import io.rapd.core.fixture.FixtureArrays;
import io.rapd.core.torch.GradMode;
import io.rapd.core.torch.Precision;
import org.junit.jupiter.api.Test;

class ClipFixtureTest {
  private static final double TOLERANCE = 5e-5;

  private final Fixture fixture = Fixture.load("clip");

  @Test
  void tokensAreThePublished() {
    try (NDManager manager = NDManager.newBaseManager();
        GradMode frozen = GradMode.disabled()) {
      FixtureArrays arrays = new FixtureArrays(fixture, manager);
      ClipVision network = network(Precision.FLOAT32, arrays);
      NDArray pixels = arrays.array("in.pixels");
      NDArray hidden = network.forward(pixels);
      arrays.assertClose("out.patch_tokens", network.patchTokens(pixels), TOLERANCE);
      arrays.assertClose("out.cls", hidden.get(":, 0"), TOLERANCE);
      arrays.assertClose("out.pooled", network.pooled(hidden), TOLERANCE);
    }
  }

  @Bfloat16Test
  void bfloat16AgreesToItsAccuracy() {
    try (NDManager manager = NDManager.newBaseManager();
        GradMode frozen = GradMode.disabled()) {
      FixtureArrays arrays = new FixtureArrays(fixture, manager);
      ClipVision network = network(Precision.BFLOAT16, arrays);
      network.keepMatricesIn(Precision.BFLOAT16);
      arrays.assertClose("out.patch_tokens", network.patchTokens(arrays.array("in.pixels")), 0.05);
    }
  }

  private ClipVision network(Precision precision, FixtureArrays arrays) {
    JsonNode sizes = fixture.config();
    ClipVision network =
        new ClipVision(
            new ClipVisionConfig(
                sizes.get("hidden_size").asInt(),
                sizes.get("intermediate_size").asInt(),
                sizes.get("num_hidden_layers").asInt(),
                sizes.get("num_attention_heads").asInt(),
                sizes.get("patch_size").asInt(),
                sizes.get("image_size").asInt(),
                sizes.get("hidden_act").asText().equals("quick_gelu"),
                sizes.get("layer_norm_eps").asDouble()),
            precision);
    network.bind(arrays.weights());
    return network;
  }
}
