package io.rapd.dit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
import org.junit.jupiter.api.Test;

class RepaFixtureTest {
  @Test
  void projectionLossAndGradientsMatch() {
    Fixture fixture = Fixture.load("repa");
    JsonNode config = fixture.config();
    try (NDManager manager = NDManager.newBaseManager()) {
      FixtureArrays arrays = new FixtureArrays(fixture, manager);
      RepaHead head =
          new RepaHead(
              config.get("width").intValue(),
              config.get("hidden").intValue(),
              config.get("teacher_width").intValue(),
              Precision.FLOAT32);
      head.bind(arrays.weights());
      assertThat(head.parameters().keySet()).isEqualTo(arrays.weights().keySet());
      Map<String, NDArray> trained = head.trainedValues();
      NDArray tokens = Autograd.leaf(arrays.array("in.tokens"));
      try (GradMode recording = GradMode.enabled()) {
        NDArray projected = head.forward(tokens);
        NDArray loss = RepaHead.loss(projected, arrays.array("in.teacher"));
        arrays.assertClose("out.projected", projected, 1e-5);
        arrays.assertClose("out.loss", loss, 1e-5);
        Autograd.backward(loss);
      }
      arrays.assertClose("grad.tokens", Autograd.gradient(tokens, manager), 1e-4);
      trained.forEach(
          (name, value) ->
              arrays.assertClose("grad." + name, Autograd.gradient(value, manager), 1e-4));
    }
  }

  @Test
  void otherWidthsAndGridsAreNamed() {
    try (NDManager manager = NDManager.newBaseManager()) {
      RepaHead head = new RepaHead(4, 3, 2, Precision.FLOAT32);
      assertThatThrownBy(() -> head.forward(manager.zeros(new Shape(1, 9, 5))))
          .hasMessageContaining("tokens must be (B, N, 4), got (1, 9, 5)");
      assertThatThrownBy(
              () ->
                  RepaHead.loss(
                      manager.zeros(new Shape(1, 9, 2)), manager.zeros(new Shape(1, 4, 2))))
          .hasMessageContaining("teacher features must be (1, 9, 2)");
    }
  }
}
