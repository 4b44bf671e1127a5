package io.rapd.dit.text;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.rapd.core.fixture.Bfloat16Test;
import io.rapd.core.fixture.Fixture;
import io.rapd.core.fixture.FixtureArrays;
import io.rapd.core.torch.GradMode;
import io.rapd.core.torch.Precision;
import org.junit.jupiter.api.Test;

class Qwen3FixtureTest {
  private static final double TOLERANCE = 2e-5;

  private final Fixture fixture = Fixture.load("qwen3");

  @Test
  void hiddenStatesAreThoseOfThePublicModelAtValidAndPaddedPositions() {
    try (NDManager manager = NDManager.newBaseManager();
        GradMode frozen = GradMode.disabled()) {
      FixtureArrays arrays = new FixtureArrays(fixture, manager);
      Qwen3Model model = model(Precision.FLOAT32, manager);
      NDArray ids = longs("in.input_ids", manager);
      NDArray mask = longs("in.attention_mask", manager);
      arrays.assertClose(
          "out.hidden_state_layer0", model.decode(ids, table(arrays), mask, 1), TOLERANCE);
      arrays.assertClose(
          "out.last_hidden_state", model.forward(ids, table(arrays), mask), TOLERANCE);
    }
  }

  @Bfloat16Test
  void bfloat16AgreesToItsAccuracy() {
    try (NDManager manager = NDManager.newBaseManager();
        GradMode frozen = GradMode.disabled()) {
      FixtureArrays arrays = new FixtureArrays(fixture, manager);
      NDArray states =
          model(Precision.BFLOAT16, manager)
              .forward(
                  longs("in.input_ids", manager),
                  table(arrays),
                  longs("in.attention_mask", manager));
      arrays.assertClose("out.last_hidden_state", states, 0.05);
    }
  }

  @Test
  void forwardLeavesOneArrayBehind() {
    try (NDManager manager = NDManager.newBaseManager();
        GradMode frozen = GradMode.disabled()) {
      Qwen3Model model = model(Precision.FLOAT32, manager);
      NDArray ids = longs("in.input_ids", manager);
      NDArray mask = longs("in.attention_mask", manager);
      NDArray table = table(new FixtureArrays(fixture, manager));
      int before = manager.getManagedArrays().size();
      model.forward(ids, table, mask);
      assertThat(manager.getManagedArrays()).hasSize(before + 1);
    }
  }

  private Qwen3Model model(Precision precision, NDManager manager) {
    ObjectNode config = fixture.config().deepCopy();
    config.put("model_type", "qwen3");
    Qwen3Model model = new Qwen3Model(Qwen3Config.of(config), precision);
    model.bind(new FixtureArrays(fixture, manager).weights());
    model.keepMatricesIn(precision);
    return model;
  }

  private static NDArray table(FixtureArrays arrays) {
    return arrays.array("weights." + Qwen3Embedding.NAME);
  }

  private NDArray longs(String key, NDManager manager) {
    return manager.create(fixture.longs(key), new Shape(fixture.shape(key)));
  }
}
