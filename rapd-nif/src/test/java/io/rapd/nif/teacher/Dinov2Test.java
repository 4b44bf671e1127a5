package io.rapd.nif.teacher;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.checkpoint.ModelFolder;
import io.rapd.core.checkpoint.TensorType;
import io.rapd.core.fixture.Bfloat16Test;
import io.rapd.core.fixture.Fixture;
import io.rapd.core.image.Resampler;
import io.rapd.core.image.Resampling;
import io.rapd.core.image.RgbImage;
import io.rapd.core.torch.Kernel;
import io.rapd.core.torch.Precision;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Dinov2Test {
  private static final int REGISTERS = 3;

  @TempDir Path folder;
  private final NDManager manager = NDManager.newBaseManager();

  @AfterEach
  void close() {
    manager.close();
  }

  /** With LayerScale zero every block is the identity, so the tokens are the embedding, normed. */
  @Test
  void registersStandBetweenClassAndPatchesWithoutAPosition() {
    Map<String, NDArray> weights = TeacherFolder.DINOV2_WITH_REGISTERS.weights(manager);
    for (String name : weights.keySet()) {
      if (name.endsWith("lambda1")) {
        weights.put(name, weights.get(name).zerosLike());
      }
    }
    Dinov2 with = network(weights, REGISTERS);
    Dinov2 without = network(weights, 0);
    NDArray pixels = manager.randomUniform(-2, 2, new Shape(2, 3, 56, 56));
    NDArray tokens = with.forward(pixels);
    NDArray plain = without.forward(pixels);
    assertThat(tokens.getShape()).isEqualTo(new Shape(2, 1 + REGISTERS + 16, 24));
    assertThat(tokens.get(":, 0").toFloatArray()).isEqualTo(plain.get(":, 0").toFloatArray());
    assertThat(tokens.get(":, 4:").toFloatArray()).isEqualTo(plain.get(":, 1:").toFloatArray());
    assertThat(with.patchTokens(pixels).toFloatArray())
        .isEqualTo(plain.get(":, 1:").toFloatArray());
    NDArray registers = weights.get("embeddings.register_tokens").squeeze(0);
    NDArray centred = registers.sub(registers.mean(new int[] {1}, true));
    NDArray variance = centred.square().mean(new int[] {1}, true);
    NDArray normed =
        centred
            .div(variance.add(1e-6).sqrt())
            .mul(weights.get("layernorm.weight"))
            .add(weights.get("layernorm.bias"));
    Fixture.assertClose(
        "registers", tokens.get("1, 1:4").toFloatArray(), normed.toFloatArray(), 1e-5);
  }

  @Test
  void patchesAttendToTheRegisters() {
    Map<String, NDArray> weights = TeacherFolder.DINOV2_WITH_REGISTERS.weights(manager);
    NDArray pixels = manager.randomUniform(-2, 2, new Shape(1, 3, 56, 56));
    float[] before = network(weights, REGISTERS).patchTokens(pixels).toFloatArray();
    weights.put("embeddings.register_tokens", weights.get("embeddings.register_tokens").mul(-3));
    float[] after = network(weights, REGISTERS).patchTokens(pixels).toFloatArray();
    assertThat(after).isNotEqualTo(before);
  }

  /**
   * With registers the table is resized antialiased, whatever the rule: as the resampler for images
   * does it, which is pinned by Pillow's and PyTorch's numbers.
   */
  @ParameterizedTest
  @CsvSource({"4, 4", "3, 5", "9, 6", "6, 11", "12, 3"})
  void positionsOfModelsWithRegistersAreResizedAntialiased(int height, int width) {
    int side = 6;
    float[] planes = new float[3 * side * side];
    Random random = new Random(3);
    for (int i = 0; i < planes.length; i++) {
      planes[i] = (float) random.nextGaussian();
    }
    NDArray rows = manager.create(planes, new Shape(3, side * side)).transpose(); // (M*M, 3)
    NDArray cls = manager.create(new float[] {10, 11, 12}, new Shape(1, 3));
    RgbImage expected =
        new Resampler(Resampling.BICUBIC, side, side, height, width)
            .apply(new RgbImage(side, side, planes));
    for (PositionInterpolation rule : PositionInterpolation.values()) {
      NDArray table =
          Kernel.of(
                  "Positions",
                  "def forward(table):\n"
                      + "  return positions(table, $height, $width)\n"
                      + PositionInterpolation.METHOD,
                  Map.of(
                      "height",
                      height,
                      "width",
                      width,
                      "side",
                      side,
                      "dtype",
                      Precision.FLOAT32,
                      "resized",
                      rule.resized(true)))
              .call(cls.concat(rows));
      assertThat(table.get("0").toFloatArray()).containsExactly(10, 11, 12);
      Fixture.assertClose(
          rule.label(), table.get("1:").transpose().toFloatArray(), expected.planes(), 1e-5);
    }
  }

  @Test
  void ruleOfThePositionsCountsWithoutRegistersOnly() {
    Map<String, NDArray> weights = TeacherFolder.DINOV2_WITH_REGISTERS.weights(manager);
    NDArray pixels = manager.randomUniform(-2, 2, new Shape(1, 3, 28, 42));
    for (int registers : new int[] {0, REGISTERS}) {
      float[] original =
          network(weights, registers, PositionInterpolation.ORIGINAL)
              .patchTokens(pixels)
              .toFloatArray();
      float[] huggingFace =
          network(weights, registers, PositionInterpolation.HUGGING_FACE)
              .patchTokens(pixels)
              .toFloatArray();
      assertThat(Arrays.equals(original, huggingFace)).isEqualTo(registers > 0);
    }
  }

  @Bfloat16Test
  void bfloat16WeightsStayAsTheyLieInTheFile() {
    Map<String, NDArray> weights = TeacherFolder.DINOV2.weights(manager);
    TeacherFolder.DINOV2.write(folder, weights, TensorType.BF16);
    String matrix = "encoder.layer.1.attention.attention.query.weight";
    Dinov2 network =
        new Dinov2(
            Dinov2Config.read(folder.resolve("config.json")),
            PositionInterpolation.ORIGINAL,
            Precision.BFLOAT16);
    try (ModelFolder files = ModelFolder.open(folder)) {
      network.load(files, "", "embeddings.mask_token"::equals, Precision.BFLOAT16, manager);
      NDArray kept = network.values().get(matrix);
      assertThat(kept.getDataType()).isEqualTo(DataType.UNKNOWN); // DJL's name for bfloat16
      ByteBuffer bits = kept.toByteBuffer(false).order(ByteOrder.LITTLE_ENDIAN);
      assertThat(bits).isEqualTo(files.bytes(matrix));
      assertThat(network.values().get("layernorm.weight").getDataType())
          .isEqualTo(DataType.FLOAT32);
    }
  }

  private static Dinov2 network(Map<String, NDArray> weights, int registers) {
    return network(weights, registers, PositionInterpolation.ORIGINAL);
  }

  private static Dinov2 network(
      Map<String, NDArray> weights, int registers, PositionInterpolation rule) {
    Map<String, NDArray> bound = new TreeMap<>(weights);
    Dinov2 network =
        new Dinov2(new Dinov2Config(24, 2, 3, 14, 56, 4, 1e-6, registers), rule, Precision.FLOAT32);
    network.bind(bound);
    return network;
  }
}
