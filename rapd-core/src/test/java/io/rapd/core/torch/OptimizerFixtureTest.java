package io.rapd.core.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import io.rapd.core.fixture.Fixture;
import io.rapd.core.fixture.FixtureArrays;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class OptimizerFixtureTest {
  @Test
  void clippingAdamWAndAveragesAreThoseOfPyTorch() {
    Fixture fixture = Fixture.load("optimizer");
    JsonNode config = fixture.config();
    AdamW adamW =
        new AdamW(
            config.get("beta1").asDouble(),
            config.get("beta2").asDouble(),
            config.get("eps").asDouble(),
            config.get("weight_decay").asDouble());
    int steps = config.get("steps").asInt();
    try (NDManager manager = NDManager.newBaseManager()) {
      FixtureArrays arrays = new FixtureArrays(fixture, manager);
      Map<String, NDArray> weights = arrays.weights();
      List<NDArray> first = new ArrayList<>();
      List<NDArray> second = new ArrayList<>();
      List<NDArray> averages = new ArrayList<>();
      for (NDArray weight : weights.values()) {
        first.add(weight.zerosLike());
        second.add(weight.zerosLike());
        averages.add(weight.duplicate());
      }
      float[] norms = new float[steps];
      for (int step = 0; step < steps; step++) {
        List<NDArray> gradients = new ArrayList<>();
        for (String name : weights.keySet()) {
          gradients.add(arrays.array("in.grad" + step + "." + name));
        }
        norms[step] = (float) GradientClipping.clip(gradients, config.get("clip").asDouble());
        adamW.step(
            weights.values(),
            gradients,
            first,
            second,
            step + 1,
            config.get("lr").asDouble(),
            manager);
        MovingAverage.update(averages, weights.values(), config.get("ema").asDouble());
        for (Map.Entry<String, NDArray> weight : weights.entrySet()) {
          arrays.assertClose("out.step" + step + "." + weight.getKey(), weight.getValue(), 2e-6);
        }
      }
      Fixture.assertClose("norms", norms, fixture.floats("out.norms"), 2e-6);
      int at = 0;
      for (String name : weights.keySet()) {
        arrays.assertClose("out.ema." + name, averages.get(at++), 2e-6);
      }
    }
  }
}
