package io.rapd.nif.encoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import io.rapd.core.fixture.Fixture;
import io.rapd.core.fixture.FixtureArrays;
import io.rapd.core.torch.Autograd;
import io.rapd.core.torch.GradMode;
import io.rapd.core.torch.Precision;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EdsrEncoderFixtureTest {
  @Test
  void featuresAndGradientsAreThoseOfLiif() {
    Fixture fixture = Fixture.load("edsr_encoder");
    JsonNode config = fixture.config();
    EdsrEncoder encoder =
        new EdsrEncoder(
            new EdsrConfig(
                config.get("n_feats").asInt(),
                config.get("n_resblocks").asInt(),
                config.get("res_scale").asDouble()),
            Precision.FLOAT32);
    try (NDManager manager = NDManager.newBaseManager();
        GradMode recording = GradMode.enabled()) {
      FixtureArrays arrays = new FixtureArrays(fixture, manager);
      encoder.bind(arrays.weights());
      Map<String, NDArray> trained = encoder.trainedValues();
      NDArray x = Autograd.leaf(arrays.array("in.x"));
      NDArray feature = encoder.forward(x);
      arrays.assertClose("out.feat", feature, 2e-5);
      NDArray loss = feature.square().mean();
      arrays.assertClose("out.loss", loss, 2e-5);
      Autograd.backward(loss);
      arrays.assertClose("grad.x", Autograd.gradient(x, manager), 1e-4);
      trained.forEach(
          (name, value) ->
              arrays.assertClose("grad." + name, Autograd.gradient(value, manager), 1e-4));
    }
  }
}
