package io.rapd.nif.render;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import io.rapd.core.fixture.Fixture;
import io.rapd.core.fixture.FixtureArrays;
import io.rapd.core.torch.Autograd;
import io.rapd.core.torch.GradMode;
import io.rapd.core.torch.Precision;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WindowAttentionFixtureTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "window_attention_shift0",
        "window_attention_shift4",
        "window_attention_shift_odd"
      })
  void cutWindowsEqualSwinsRolledAndMaskedOnes(String name) {
    Fixture fixture = Fixture.load(name);
    JsonNode config = fixture.config();
    int window = config.get("window_size").asInt();
    assertThat(WindowAttention.relativePositions(window))
        .isEqualTo(fixture.longs("out.relative_position_index"));
    WindowAttention attention =
        new WindowAttention(
            config.get("dim").asInt(), config.get("num_heads").asInt(), window, Precision.FLOAT32);
    try (NDManager manager = NDManager.newBaseManager();
        GradMode recording = GradMode.enabled()) {
      FixtureArrays arrays = new FixtureArrays(fixture, manager);
      attention.bind(arrays.weights());
      Map<String, NDArray> trained = attention.trainedValues();
      NDArray tokens = Autograd.leaf(arrays.array("in.tokens"));
      NDArray mixed = attention.forward(tokens, config.get("shift_size").asInt());
      arrays.assertClose("out.tokens", mixed, 2e-5);
      Autograd.backward(mixed.square().mean());
      arrays.assertClose("grad.tokens", Autograd.gradient(tokens, manager), 1e-4);
      trained.forEach(
          (key, value) ->
              arrays.assertClose("grad." + key, Autograd.gradient(value, manager), 1e-4));
    }
  }
}
