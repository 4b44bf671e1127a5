package io.rapd.nif.distill;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import io.rapd.core.fixture.Fixture;
import io.rapd.core.fixture.FixtureArrays;
import io.rapd.core.torch.Autograd;
import io.rapd.core.torch.GradMode;
import io.rapd.core.torch.Kernel;
import io.rapd.nif.distill.SemanticDistillation.Losses;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SemanticDistillationFixtureTest {
  private static final String CONV =
      """
      def forward(x, w):
        return torch.conv2d(x, w, None, [1, 1], [1, 1])
      """;

  private final Fixture fixture = Fixture.load("semantic_distillation");
  private final JsonNode config = fixture.config();

  @ParameterizedTest
  @ValueSource(strings = {"", "_nomargin"})
  void lossesAndGradientsAreThoseOfVaVae(String variant) {
    boolean margins = variant.isEmpty();
    SemanticDistillation distillation =
        new SemanticDistillation(
            new DistillationConfig(
                config.get("vf_weight").asDouble(),
                margins ? config.get("cos_margin").asDouble() : 0,
                margins ? config.get("distmat_margin").asDouble() : 0,
                config.get("height").asInt() * config.get("width").asInt()));
    check(distillation, Losses::cosine, "out.loss_cos" + variant, "grad.student_cos" + variant);
    check(
        distillation,
        Losses::distance,
        "out.loss_distmat" + variant,
        "grad.student_distmat" + variant);
    check(distillation, Losses::total, "out.loss_total" + variant, "grad.student" + variant);
  }

  private void check(
      SemanticDistillation distillation,
      Function<Losses, NDArray> which,
      String lossKey,
      String gradientKey) {
    try (NDManager manager = NDManager.newBaseManager();
        GradMode recording = GradMode.enabled()) {
      FixtureArrays arrays = new FixtureArrays(fixture, manager);
      NDArray student = Autograd.leaf(arrays.array("in.student"));
      NDArray loss =
          which.apply(distillation.losses(student, arrays.array("in.teacher"), new Random(0)));
      arrays.assertClose(lossKey, loss, 1e-5);
      Autograd.backward(loss);
      arrays.assertClose(gradientKey, Autograd.gradient(student, manager), 1e-4);
    }
  }

  @Test
  void adaptiveWeightIsThatOfVaVae() {
    try (NDManager manager = NDManager.newBaseManager();
        GradMode recording = GradMode.enabled()) {
      FixtureArrays arrays = new FixtureArrays(fixture, manager);
      NDArray weight = arrays.array("weights.conv_in.weight");
      NDArray x = arrays.array("in.conv_x");
      NDArray h = Autograd.leaf(Kernel.of("TestConv", CONV).call(x, weight));
      Autograd.backward(h.sub(arrays.array("in.conv_target")).abs().mean());
      double nll = AdaptiveWeight.weightGradientNorm(Autograd.gradient(h, manager), x, weight);
      NDArray again = Autograd.leaf(h);
      Autograd.backward(again.maximum(0).square().mean());
      double vf = AdaptiveWeight.weightGradientNorm(Autograd.gradient(again, manager), x, weight);
      close("out.adaptive_nll_grad_norm", nll);
      close("out.adaptive_vf_grad_norm", vf);
      double factor = config.get("vf_weight").asDouble();
      close("out.adaptive_ratio", AdaptiveWeight.of(nll, vf));
      close("out.adaptive_weight", factor * AdaptiveWeight.of(nll, vf));
      close("out.adaptive_weight_tiny_vf", factor * AdaptiveWeight.of(nll, 1e-6 * vf));
      close("out.adaptive_weight_clamped", factor * AdaptiveWeight.of(1e9 * nll, 0));
    }
  }

  private void close(String key, double got) {
    Fixture.assertClose(key, new float[] {(float) got}, fixture.floats(key), 1e-5);
  }

  @Test
  void fewerPositionsThanCellsAreDrawnAndRepeatWithTheSeed() {
    int fewer = config.get("height").asInt() * config.get("width").asInt() / 4;
    SemanticDistillation sampled =
        new SemanticDistillation(new DistillationConfig(0.1, 0.5, 0.25, fewer));
    try (NDManager manager = NDManager.newBaseManager()) {
      FixtureArrays arrays = new FixtureArrays(fixture, manager);
      NDArray student = arrays.array("in.student");
      NDArray teacher = arrays.array("in.teacher");
      float first = sampled.losses(student, teacher, new Random(1)).distance().getFloat();
      float again = sampled.losses(student, teacher, new Random(1)).distance().getFloat();
      float other = sampled.losses(student, teacher, new Random(2)).distance().getFloat();
      assertThat(first).isEqualTo(again).isNotEqualTo(other);
    }
  }
}
