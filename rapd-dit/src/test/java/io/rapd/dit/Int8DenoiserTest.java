package io.rapd.dit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.checkpoint.SafetensorsFile;
import io.rapd.core.checkpoint.SafetensorsOutput;
import io.rapd.core.fixture.Bfloat16Test;
import io.rapd.core.nn.Parameter;
import io.rapd.core.nn.Weights;
import io.rapd.core.torch.GradMode;
import io.rapd.core.torch.Precision;
import io.rapd.core.torch.RandomStream;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class Int8DenoiserTest {
  private static final DenoiserConfig SIZES =
      new DenoiserConfig(3, 32, 8, 144, 2, 6, 24, 2, 1, 120, 5);

  @TempDir Path folder;
  private final NDManager manager = NDManager.newBaseManager();
  private final GradMode frozen = GradMode.disabled();

  @BeforeEach
  void writeWeights() {
    Denoiser denoiser = SIZES.build(Precision.FLOAT32);
    denoiser.initialize(manager, 3);
    denoiser
        .parameters()
        .forEach(
            (name, parameter) -> {
              NDArray noise = RandomStream.of(1, name, 1).normal(manager, parameter.shape());
              parameter.value().addi(noise.muli(0.03)); // none is zero
            });
    SafetensorsOutput.write(path(), denoiser.values());
  }

  @AfterEach
  void close() {
    frozen.close();
    manager.close();
  }

  private Path path() {
    return folder.resolve("model.safetensors");
  }

  private Denoiser load(Precision precision, Weights weights, NDManager owner) {
    Denoiser denoiser = SIZES.build(precision);
    try (SafetensorsFile file = SafetensorsFile.open(path())) {
      denoiser.load(file, "", name -> false, precision, weights, owner);
    }
    return denoiser;
  }

  private NDArray normal(String purpose, long... shape) {
    return RandomStream.of(1, purpose, 0).normal(manager, new Shape(shape));
  }

  private static boolean inInt8(Parameter parameter) {
    try {
      return !parameter.value().getShape().equals(parameter.shape());
    } catch (IllegalStateException e) {
      assertThat(e).hasMessageContaining("is kept in int8");
      return true;
    }
  }

  /** Rounding to 8 bits moves the prediction by a hundredth, and not by nothing. */
  @Bfloat16Test
  void itsPredictionIsCloseToThatOfTheFullWeights() {
    NDArray latent = normal("latent", 2, 3, 32, 32);
    NDArray time = manager.create(new float[] {0.1f, 0.8f});
    NDArray text = normal("text", 2, 5, 120);
    NDArray exact =
        load(Precision.FLOAT32, Weights.FULL, manager)
            .forward(latent, time, text); // (2, 3, 32, 32)
    float typical = exact.abs().mean().getFloat();
    for (Precision precision : Precision.values()) {
      Denoiser int8 = load(precision, Weights.INT8, manager);
      NDArray error = int8.forward(latent, time, text).sub(exact).abs();
      assertThat(error.mean().getFloat() / typical)
          .isBetween(1e-3f, precision == Precision.FLOAT32 ? 0.01f : 0.02f);
    }
  }

  /** All products of tokens; not the modulation, which has one row per image. */
  @Test
  void matricesThatMultiplyTokensAreInt8() {
    List<String> kept =
        load(Precision.FLOAT32, Weights.INT8, manager).parameters().entrySet().stream()
            .filter(entry -> inInt8(entry.getValue()))
            .map(entry -> entry.getKey())
            .filter(name -> !name.startsWith("blocks.1."))
            .toList();
    assertThat(kept)
        .containsExactlyInAnyOrder(
            "t_embedder.mlp.0.weight",
            "t_embedder.mlp.2.weight",
            "y_embedder.proj.weight",
            "text_refine_blocks.0.attn.proj.weight",
            "text_refine_blocks.0.mlp.w12.weight",
            "text_refine_blocks.0.mlp.w3.weight",
            "text_refine_blocks.0.attn.qkv.weight",
            "blocks.0.attn.proj.weight",
            "blocks.0.mlp.w12.weight",
            "blocks.0.mlp.w3.weight",
            "blocks.0.attn.qkv_x.weight",
            "blocks.0.attn.kv_y.weight",
            "final_layer.linear.weight");
  }

  /** One byte per value and four per row instead of four per value, and nothing beside. */
  @Test
  void nothingButTheInt8RowsAndTheirScalesIsHeld() {
    try (NDManager owner = NDManager.newBaseManager()) {
      Denoiser denoiser = load(Precision.FLOAT32, Weights.INT8, owner);
      long expected = 0;
      for (Parameter parameter : denoiser.parameters().values()) {
        long values = parameter.shape().size();
        expected += inInt8(parameter) ? values + 4 * parameter.shape().get(0) : 4 * values;
      }
      assertThat(bytes(owner)).isEqualTo(expected);
    }
  }

  private static long bytes(NDManager owner) {
    return owner.getManagedArrays().stream()
        .mapToLong(a -> a.size() * (a.getDataType() == DataType.INT8 ? 1 : 4))
        .sum();
  }

  @Test
  void itCannotBeTrainedSharedOrSaved() {
    Denoiser int8 = load(Precision.FLOAT32, Weights.INT8, manager);
    assertThatThrownBy(int8::trainedValues).hasMessageEndingWith("which is for inference only");
    assertThatThrownBy(() -> SIZES.build(Precision.FLOAT32).share(int8))
        .hasMessageEndingWith("which is for inference only");
    assertThatThrownBy(int8::values).hasMessageEndingWith("which is for inference only");
  }
}
