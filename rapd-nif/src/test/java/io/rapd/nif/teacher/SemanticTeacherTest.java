package io.rapd.nif.teacher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.checkpoint.TensorType;
import io.rapd.core.fixture.Fixture;
import io.rapd.core.torch.Autograd;
import io.rapd.core.torch.GradMode;
import io.rapd.core.torch.Precision;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What holds of every teacher that is loaded from a folder. */
class SemanticTeacherTest {
  private static final int PATCH = 14;
  private static final int WIDTH = 24;

  @TempDir Path folder;
  private final NDManager manager = NDManager.newBaseManager();

  @AfterEach
  void close() {
    manager.close();
  }

  @ParameterizedTest
  @EnumSource
  void shardsAndOneFileGiveTheSameBitsAndAnyGridOfPatchesIsGiven(TeacherFolder network) {
    Map<String, NDArray> weights = network.weights(manager);
    network.write(folder.resolve("one"), weights, TensorType.F32);
    network.writeShards(folder.resolve("shards"), weights, TensorType.F32);
    try (SemanticTeacher one = load(network, "one", Precision.FLOAT32);
        SemanticTeacher shards = load(network, "shards", Precision.FLOAT32)) {
      assertThat(one.width()).isEqualTo(WIDTH);
      assertThat(one.patchSize()).isEqualTo(PATCH);
      assertThat(one.name()).contains("one", "24 wide", "2 blocks", "float32");
      NDArray images = images(2, 3 * PATCH, 5 * PATCH);
      NDArray tokens = one.patchTokens(images);
      assertThat(tokens.getShape()).isEqualTo(new Shape(2, 15, WIDTH));
      assertThat(tokens.getManager()).isEqualTo(manager);
      assertThat(tokens.getDataType()).isEqualTo(DataType.FLOAT32);
      assertThat(shards.patchTokens(images).toFloatArray()).isEqualTo(tokens.toFloatArray());
      assertThat(one.patchTokens(images).toFloatArray()).isEqualTo(tokens.toFloatArray());
      assertThat(one.patchTokens(images, 3, 5).toFloatArray()).isEqualTo(tokens.toFloatArray());
      assertThat(one.patchTokens(images(2, 33, 50), 4, 6).getShape())
          .isEqualTo(new Shape(2, 24, WIDTH));
    }
  }

  @ParameterizedTest
  @EnumSource
  void halfAndBfloat16WeightsAgreeWithTheOriginals(TeacherFolder network) {
    Map<String, NDArray> weights = network.weights(manager);
    NDArray images = images(1, 4 * PATCH, 4 * PATCH);
    network.write(folder.resolve("f32"), weights, TensorType.F32);
    network.write(folder.resolve("f16"), weights, TensorType.F16);
    network.write(folder.resolve("bf16"), weights, TensorType.BF16);
    try (SemanticTeacher exact = load(network, "f32", Precision.FLOAT32);
        SemanticTeacher half = load(network, "f16", Precision.FLOAT32);
        SemanticTeacher brain = load(network, "bf16", Precision.FLOAT32);
        SemanticTeacher kept = load(network, "bf16", Precision.BFLOAT16);
        SemanticTeacher cast = load(network, "f32", Precision.BFLOAT16)) {
      float[] expected = exact.patchTokens(images).toFloatArray();
      Fixture.assertClose("F16", half.patchTokens(images).toFloatArray(), expected, 0.005);
      Fixture.assertClose("BF16", brain.patchTokens(images).toFloatArray(), expected, 0.05);
      Fixture.assertClose("bfloat16", kept.patchTokens(images).toFloatArray(), expected, 0.05);
      Fixture.assertClose("cast", cast.patchTokens(images).toFloatArray(), expected, 0.05);
    }
  }

  /** The mean and deviation of each channel as the publishers' preprocessing states them. */
  @ParameterizedTest
  @CsvSource({
    "DINOV2, 0.485, 0.456, 0.406, 0.229, 0.224, 0.225",
    "CLIP_VISION, 0.48145466, 0.4578275, 0.40821073, 0.26862954, 0.26130258, 0.27577711",
  })
  void imagesOfMinusOneToOneAreNormalised(
      TeacherFolder network, float r, float g, float b, float dr, float dg, float db) {
    Map<String, NDArray> weights = network.weights(manager);
    network.write(folder, weights, TensorType.F32);
    VisionTower tower =
        network == TeacherFolder.DINOV2
            ? new Dinov2(
                Dinov2Config.read(folder.resolve("config.json")),
                PositionInterpolation.ORIGINAL,
                Precision.FLOAT32)
            : new ClipVision(
                ClipVisionConfig.read(folder.resolve("config.json")), Precision.FLOAT32);
    tower.bind(weights);
    NDArray images = images(1, 2 * PATCH, 4 * PATCH);
    NDArray mean = manager.create(new float[] {r, g, b}, new Shape(1, 3, 1, 1));
    NDArray deviation = manager.create(new float[] {dr, dg, db}, new Shape(1, 3, 1, 1));
    NDArray pixels = images.add(1).div(2).sub(mean).div(deviation);
    try (SemanticTeacher teacher = load(network, "", Precision.FLOAT32)) {
      Fixture.assertClose(
          "normalised inside and outside",
          teacher.patchTokens(images).toFloatArray(),
          tower.patchTokens(pixels).toFloatArray(),
          1e-5);
    }
  }

  @ParameterizedTest
  @EnumSource
  void featuresCarryNoGradientButMayEnterALoss(TeacherFolder network) {
    network.write(folder, network.weights(manager), TensorType.F32);
    try (SemanticTeacher teacher = load(network, "", Precision.FLOAT32);
        GradMode recording = GradMode.enabled()) {
      NDArray images = Autograd.leaf(images(1, 2 * PATCH, 2 * PATCH));
      NDArray features = teacher.patchTokens(images);
      NDArray scale = Autograd.leaf(manager.ones(new Shape(1)));
      Autograd.backward(features.mul(scale).sum());
      Fixture.assertClose(
          "d(scale * sum)/d(scale)",
          Autograd.gradient(scale, manager).toFloatArray(),
          features.sum().toFloatArray(),
          1e-4);
      assertThat(images.getGradient().abs().sum().getFloat()).isZero();
    }
  }

  @ParameterizedTest
  @EnumSource
  void callsLeaveOneArrayBehindAndClosingFreesTheWeights(TeacherFolder network) {
    network.write(folder, network.weights(manager), TensorType.BF16);
    try (NDManager owner = manager.newSubManager()) {
      SemanticTeacher teacher = network.load(folder, Precision.BFLOAT16, owner);
      NDArray images = images(1, 2 * PATCH, 2 * PATCH);
      int before = manager.getManagedArrays().size();
      teacher.patchTokens(images);
      assertThat(manager.getManagedArrays()).hasSize(before + 1);
      teacher.patchTokens(images, 3, 3);
      assertThat(manager.getManagedArrays()).hasSize(before + 2);
      assertThat(owner.getManagedArrays()).isNotEmpty();
      teacher.close();
      assertThat(owner.getManagedArrays()).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"DINOV2", "CLIP_VISION"})
  void imagesThatDoNotFitAreRefused(TeacherFolder network) {
    network.write(folder, network.weights(manager), TensorType.F32);
    try (SemanticTeacher teacher = load(network, "", Precision.FLOAT32)) {
      for (Shape shape :
          new Shape[] {
            new Shape(3, PATCH, PATCH),
            new Shape(1, 4, PATCH, PATCH),
            new Shape(1, 3, PATCH, PATCH + 1),
            new Shape(1, 3, 0, PATCH),
            new Shape(0, 3, PATCH, PATCH),
          }) {
        assertThatThrownBy(() -> teacher.patchTokens(manager.zeros(shape)))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("images must")
            .hasMessageContaining(shape.toString());
      }
      NDArray doubles = manager.zeros(new Shape(1, 3, PATCH, PATCH), DataType.FLOAT64);
      assertThatThrownBy(() -> teacher.patchTokens(doubles)).hasMessageContaining("float64");
      assertThatThrownBy(() -> teacher.patchTokens(images(1, 20, 20), 0, 3))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("0 x 3");
    }
  }

  private SemanticTeacher load(TeacherFolder network, String name, Precision precision) {
    return network.load(name.isEmpty() ? folder : folder.resolve(name), precision, manager);
  }

  private NDArray images(int batch, int height, int width) {
    return manager.randomUniform(-1, 1, new Shape(batch, 3, height, width));
  }
}
