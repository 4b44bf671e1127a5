package io.rapd.dit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.fixture.Bfloat16Test;
import io.rapd.core.fixture.CollectedGarbage;
import io.rapd.core.fixture.Fixture;
import io.rapd.core.fixture.FixtureArrays;
import io.rapd.core.torch.Autograd;
import io.rapd.core.torch.Bfloat16Products;
import io.rapd.core.torch.GradMode;
import io.rapd.core.torch.Precision;
import io.rapd.core.torch.RandomStream;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DenoiserTest {
  private static final DenoiserConfig SMALL = new DenoiserConfig(4, 8, 2, 32, 2, 4, 8, 2, 1, 6, 5);

  private final NDManager manager = NDManager.newBaseManager();
  private final NDArray latent = normal("latent", 2, 4, 8, 8);
  private final NDArray time = manager.create(new float[] {0.1f, 0.7f});
  private final NDArray text = normal("text", 2, 5, 6);

  private NDArray normal(String purpose, long... shape) {
    return RandomStream.of(1, purpose, 0).normal(manager, new Shape(shape));
  }

  @AfterEach
  void close() {
    manager.close();
  }

  /**
   * With D = 1536: x_embedder 4096*1024 + 1024*D + D = 5,768,704; t_embedder 256*D + D + D*D + D =
   * 2,755,584; y_embedder 2048*D + 2*D = 3,148,800; text positions 128*D = 196,608; an image block
   * 24*D*D + 9*D + 2*64 = 56,637,056 (modulation 6, qkv 3, text kv 2, projection 1, SwiGLU 12 D*D;
   * biases 6+1, norms 2 D), 16 of them 906,192,896; a text block 2*D*D less = 51,918,464, 4 of them
   * 207,673,856; final layer 4096*D + 4096 = 6,295,552.
   */
  @Test
  void thePaperSizeBuildsWithoutMemoryAndHasItsParameterCount() {
    Denoiser denoiser = DenoiserConfig.paper().build(Precision.BFLOAT16);
    assertThat(denoiser.parameterCount()).isEqualTo(1_132_032_000L);
    assertThat(denoiser.config().imageTokens()).isEqualTo(1024);
    assertThatThrownBy(denoiser::values).hasMessageContaining("no values yet");
  }

  @Test
  void gradientsDoNotNeedWhatJavaCollects() {
    Denoiser denoiser = SMALL.build(Precision.FLOAT32);
    denoiser.initialize(manager, 3);
    Map<String, NDArray> parameters = denoiser.trainedValues();
    try (GradMode recording = GradMode.enabled()) {
      for (NDArray value : parameters.values()) {
        try (GradMode off = GradMode.disabled()) {
          value.addi(manager.randomNormal(value.getShape()).mul(0.1)); // none is zero
        }
      }
      Autograd.backward(denoiser.forward(latent, time, text).square().mean());
      Map<String, float[]> expected = new LinkedHashMap<>();
      parameters.forEach(
          (name, value) -> {
            expected.put(name, Autograd.gradient(value, manager).toFloatArray());
            Autograd.zeroGradient(value);
          });
      NDArray loss = denoiser.forward(latent, time, text).square().mean();
      CollectedGarbage.overwrite();
      Autograd.backward(loss);
      parameters.forEach(
          (name, value) ->
              assertThat(Autograd.gradient(value, manager).toFloatArray())
                  .as(name)
                  .isEqualTo(expected.get(name)));
    }
  }

  @Test
  void aFreshDenoiserPredictsZeroAndItsBlocksAreTheIdentity() {
    for (Precision precision : Precision.values()) {
      Denoiser denoiser = SMALL.build(precision);
      denoiser.initialize(manager, 3);
      DenoiserOutput before = denoiser.forward(latent, time, text, 0);
      DenoiserOutput after = denoiser.forward(latent, time, text, SMALL.depth());
      assertThat(after.prediction().abs().max().getFloat()).isZero();
      assertThat(after.prediction().getShape()).isEqualTo(latent.getShape());
      assertThat(Precision.FLOAT32.cast(after.features()).toFloatArray())
          .isEqualTo(Precision.FLOAT32.cast(before.features()).toFloatArray());
    }
  }

  /**
   * The stated accuracy: 3 % of the largest value after three blocks, mean error under 2 % of the
   * mean.
   */
  @Bfloat16Test
  void bfloat16AgreesWithFloat32() {
    Denoiser exact = DenoiserFixtures.load(manager, Precision.FLOAT32);
    Denoiser masters = DenoiserFixtures.load(manager, Precision.BFLOAT16);
    Denoiser kept = DenoiserFixtures.load(manager, Precision.BFLOAT16);
    kept.keepMatricesIn(Precision.BFLOAT16);
    FixtureArrays arrays = new FixtureArrays(Fixture.load("denoiser"), manager);
    NDArray[] inputs = {arrays.array("in.x"), arrays.array("in.t"), arrays.array("in.y")};
    NDArray expected = exact.forward(inputs[0], inputs[1], inputs[2]);
    for (Denoiser rough : new Denoiser[] {masters, kept}) {
      NDArray got = rough.forward(inputs[0], inputs[1], inputs[2]);
      assertThat(got.getDataType()).isEqualTo(DataType.FLOAT32);
      NDArray error = got.sub(expected).abs();
      float largest = expected.abs().max().getFloat();
      // Widened, only kept matrices are rounded.
      boolean rounds = rough == kept || !Bfloat16Products.widenedOn(Device.cpu());
      assertThat(error.max().getFloat() / largest)
          .isBetween(rounds ? 1e-5f : 0f, rounds ? 0.03f : 0f);
      assertThat(error.mean().getFloat() / expected.abs().mean().getFloat()).isLessThan(0.02f);
    }
  }

  @Bfloat16Test
  void bfloat16GradientsAreFloat32AndPointTheSameWay() {
    FixtureArrays gradients = new FixtureArrays(Fixture.load("denoiser_grads"), manager);
    FixtureArrays arrays = new FixtureArrays(Fixture.load("denoiser"), manager);
    Denoiser denoiser = DenoiserFixtures.load(manager, Precision.BFLOAT16);
    Map<String, NDArray> trained = denoiser.trainedValues();
    try (GradMode recording = GradMode.enabled()) {
      NDArray prediction =
          denoiser.forward(arrays.array("in.x"), arrays.array("in.t"), arrays.array("in.y"));
      Autograd.backward(prediction.square().mean());
    }
    trained.forEach(
        (name, value) -> {
          NDArray got = Autograd.gradient(value, manager);
          NDArray expected = gradients.array("grad." + name);
          assertThat(got.getDataType()).isEqualTo(DataType.FLOAT32);
          double cosine =
              got.mul(expected).sum().getFloat()
                  / Math.sqrt(
                      (double) got.square().sum().getFloat() * expected.square().sum().getFloat());
          assertThat(cosine).as(name).isGreaterThan(0.99);
        });
  }

  @Test
  void stepLeavesNoArraysBehind() {
    Denoiser denoiser = SMALL.build(Precision.FLOAT32);
    denoiser.initialize(manager, 3);
    Map<String, NDArray> trained = denoiser.trainedValues();
    int before = manager.getManagedArrays().size();
    for (int step = 0; step < 3; step++) {
      try (NDArray prediction = denoiser.forward(latent, time, text)) {
        assertThat(manager.getManagedArrays()).hasSize(before + 1);
      }
      try (NDManager scope = manager.newSubManager();
          GradMode recording = GradMode.enabled()) {
        NDArray input = Autograd.detach(latent);
        input.attach(scope);
        DenoiserOutput output = denoiser.forward(input, time, text, 1);
        Autograd.backward(output.prediction().sub(1).square().mean());
        trained.values().forEach(Autograd::zeroGradient);
      }
      assertThat(manager.getManagedArrays()).hasSize(before);
    }
  }

  @Test
  void inputsOfOtherShapesAreNamed() {
    Denoiser denoiser = SMALL.build(Precision.FLOAT32);
    assertRefused(
        denoiser, normal("x", 2, 3, 8, 8), text, "latent must be (B, 4, H, W), got (2, 3, 8, 8)");
    assertRefused(denoiser, normal("x", 2, 4, 7, 8), text, "multiples of the patch size 2");
    assertRefused(denoiser, normal("x", 2, 4, 16, 8), text, "must have 16 patches of 2x2");
    assertRefused(denoiser, normal("x", 3, 4, 8, 8), text, "time must be (3), got (2)");
    assertRefused(denoiser, latent, normal("y", 2, 4, 6), "text must be (2, 5, 6), got (2, 4, 6)");
    assertRefused(denoiser, latent, normal("y", 2, 5, 7), "text must be (2, 5, 6), got (2, 5, 7)");
    assertRefused(denoiser, latent.toType(DataType.FLOAT64, true), text, "latent must be float32");
    assertThatThrownBy(() -> denoiser.forward(latent, time, text, 3))
        .hasMessageContaining("0 to 2 image blocks, got 3");
    assertThatThrownBy(() -> denoiser.forward(latent, time, text))
        .hasMessageContaining("no values yet");
  }

  private void assertRefused(Denoiser denoiser, NDArray z, NDArray y, String message) {
    assertThatThrownBy(() -> denoiser.forward(z, time, y))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  @Test
  void contradictorySizesAreNamed() {
    assertThatThrownBy(() -> new DenoiserConfig(4, 8, 2, 32, 2, 5, 8, 2, 1, 6, 5))
        .hasMessage("denoiser.width (32) must be divisible by denoiser.heads (5)");
    assertThatThrownBy(() -> new DenoiserConfig(4, 9, 2, 32, 2, 4, 8, 2, 1, 6, 5))
        .hasMessage("denoiser.latentSize (9) must be divisible by denoiser.patchSize (2)");
    assertThatThrownBy(() -> new DenoiserConfig(4, 8, 2, 24, 2, 4, 8, 2, 1, 6, 5))
        .hasMessage("denoiser.width / denoiser.heads (24 / 4 = 6) must be a multiple of 4");
    assertThatThrownBy(() -> new DenoiserConfig(0, 8, 2, 32, 2, 4, 8, 2, 1, 6, 5))
        .hasMessage("denoiser.channels must be from 1 to 4096, got 0");
  }

  @Test
  void checkpointingChangesNoGradient() {
    assertCheckpointingChangesNoGradient(Precision.FLOAT32, 1e-6);
  }

  /** Sums of rounded gradients are taken in another order. */
  @Bfloat16Test
  void checkpointingChangesNoGradientInBfloat16() {
    assertCheckpointingChangesNoGradient(Precision.BFLOAT16, 2e-2);
  }

  private void assertCheckpointingChangesNoGradient(Precision precision, double tolerance) {
    Denoiser denoiser = new DenoiserConfig(4, 8, 2, 32, 3, 4, 8, 2, 2, 6, 5).build(precision);
    denoiser.initialize(manager, 3);
    Map<String, NDArray> trained = denoiser.trainedValues();
    try (GradMode off = GradMode.disabled()) {
      trained.forEach(
          (name, value) -> {
            Shape shape = value.getShape();
            value.addi(RandomStream.of(2, name, 0).normal(manager, shape).muli(0.1f));
          });
    }
    for (int features = 0; features <= 3; features++) {
      int arrays = manager.getManagedArrays().size();
      float[] expected;
      float[] got;
      Map<String, float[]> plain;
      try (GradMode recording = GradMode.enabled();
          NDManager scope = manager.newSubManager()) {
        scope.tempAttachAll(latent, time, text);
        DenoiserOutput output = denoiser.forward(latent, time, text, features);
        expected = output.prediction().toFloatArray();
        Autograd.backward(loss(output));
        plain = collected(trained);
        try (CheckpointedPass pass = denoiser.checkpointed(latent, time, text, features)) {
          got = pass.output().prediction().toFloatArray();
          Autograd.backward(loss(pass.output()));
          pass.backward();
        }
      }
      assertThat(got).isEqualTo(expected);
      Map<String, float[]> checkpointed = collected(trained);
      plain.forEach(
          (name, values) -> Fixture.assertClose(name, checkpointed.get(name), values, tolerance));
      assertThat(manager.getManagedArrays()).hasSize(arrays);
    }
  }

  /** Depends on both outputs; features may be bfloat16. */
  private static NDArray loss(DenoiserOutput output) {
    NDArray features = Precision.FLOAT32.cast(output.features());
    return output.prediction().square().mean().add(features.square().mean());
  }

  private Map<String, float[]> collected(Map<String, NDArray> trained) {
    Map<String, float[]> gradients = new LinkedHashMap<>();
    try (NDManager scope = manager.newSubManager()) {
      trained.forEach(
          (name, value) -> {
            gradients.put(name, Autograd.gradient(value, scope).toFloatArray());
            Autograd.zeroGradient(value);
          });
    }
    return gradients;
  }
}
