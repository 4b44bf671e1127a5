package io.rapd.core.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.checkpoint.SafetensorsFile;
import io.rapd.core.checkpoint.SafetensorsOutput;
import io.rapd.core.fixture.Bfloat16Test;
import io.rapd.core.torch.Precision;
import io.rapd.core.torch.RandomStream;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class Int8MatrixTest {
  private static final int OUT = 144;
  private static final int IN = 128;

  /** Two layers; {@code small}, {@code stored}, {@code cube} and {@code idle} are never int8. */
  private static final class Layers extends Module {
    private static final String TEXT =
        """
        def forward(x):
          return torch.to(torch.linear(hidden(x), $second), $float32)
        def hidden(x):
          wide = torch.relu(torch.linear(torch.to(x, $dtype), $first))
          narrow = torch.linear(wide, torch.to($stored.stored, $dtype))
          return torch.linear(narrow, $small) + torch.to(torch.sum($cube), $dtype)
        """;

    private final ModuleKernel kernel;

    Layers(Precision precision) {
      layer("first", new Shape(OUT, IN));
      parameter("stored", new Shape(IN, OUT), Initializer.torchDefault());
      parameter("small", new Shape(127, IN), Initializer.torchDefault());
      parameter("cube", new Shape(1, IN, IN), Initializer.normal(0.001));
      parameter("second.weight", new Shape(IN, 127), Initializer.torchDefault());
      parameter("idle", new Shape(IN, IN), Initializer.zeros());
      kernel = kernel("Int8Layers", TEXT, Map.of("dtype", precision));
    }

    NDArray forward(NDArray x) {
      return kernel.call(x);
    }
  }

  @TempDir Path folder;
  private final NDManager manager = NDManager.newBaseManager();

  @AfterEach
  void close() {
    manager.close();
  }

  private SafetensorsFile file(Map<String, NDArray> values) {
    Path path = folder.resolve("weights.safetensors");
    SafetensorsOutput.write(path, values);
    return SafetensorsFile.open(path);
  }

  private Int8Matrix quantize(NDArray matrix) {
    try (SafetensorsFile file = file(Map.of("matrix", matrix))) {
      return Int8Matrix.read(file, "matrix", manager);
    }
  }

  @Test
  void noValueIsOffByMoreThanHalfAStepOfItsRow() {
    NDArray matrix = RandomStream.of(1, "matrix", 0).normal(manager, new Shape(40, 300));
    for (int row = 0; row < 40; row++) {
      matrix.get(row).muli(Math.pow(10, row - 30)); // 1e-30 to 1e9
    }
    matrix.get(7).muli(0);
    float[] exact = matrix.toFloatArray();
    Int8Matrix int8 = quantize(matrix);
    byte[] steps = int8.values().toByteArray();
    float[] scales = int8.scales().toFloatArray();
    assertThat(int8.values().getDataType()).isEqualTo(DataType.INT8);
    assertThat(scales).hasSize(40);
    for (int row = 0; row < 40; row++) {
      double peak = 0;
      for (int i = 300 * row; i < 300 * (row + 1); i++) {
        peak = Math.max(peak, Math.abs(exact[i]));
        assertThat(Math.abs((double) exact[i] - (double) steps[i] * scales[row]))
            .isLessThanOrEqualTo(0.5000001 * scales[row]);
      }
      assertThat(Float.floatToRawIntBits(scales[row]) & 0xffff).as("bfloat16").isZero();
      if (peak / 127 > 1e-29) {
        assertThat(scales[row] * 127 / peak).isBetween(0.9999999, 1.012);
      }
    }
  }

  @Test
  void valuesThatAreNotFiniteAreRefused() {
    for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
      NDArray matrix = manager.ones(new Shape(3, 4));
      matrix.get(1).muli(bad);
      assertThatThrownBy(() -> quantize(matrix))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              folder.resolve("weights.safetensors")
                  + ": tensor matrix holds values that are not finite");
    }
  }

  private Layers loaded(Precision precision, Weights weights) {
    Layers layers = new Layers(Precision.FLOAT32);
    layers.initialize(manager, 3);
    Layers loaded = new Layers(precision);
    try (SafetensorsFile file = file(layers.values())) {
      loaded.load(file, "", name -> false, precision, weights, manager);
    }
    return loaded;
  }

  @Test
  void largeMatricesThatKernelsCastAreChosen() {
    Layers layers = loaded(Precision.FLOAT32, Weights.INT8);
    Map<String, DataType> types = new LinkedHashMap<>();
    layers.parameters().forEach((name, p) -> types.put(name, p.stored().getDataType()));
    assertThat(types)
        .containsEntry("first.weight", DataType.INT8)
        .containsEntry("first.bias", DataType.FLOAT32)
        .containsEntry("stored", DataType.FLOAT32)
        .containsEntry("small", DataType.FLOAT32) // 16,256 values
        .containsEntry("cube", DataType.FLOAT32)
        .containsEntry("second.weight", DataType.FLOAT32)
        .containsEntry("idle", DataType.FLOAT32);
  }

  @Bfloat16Test
  void kernelsComputeWithTheStepsTimesTheirScales() {
    NDArray x = RandomStream.of(2, "x", 0).normal(manager, new Shape(5, IN));
    for (Precision precision : Precision.values()) {
      Layers int8 = loaded(precision, Weights.INT8);
      Layers same = new Layers(precision);
      Map<String, NDArray> values = loaded(Precision.FLOAT32, Weights.FULL).values();
      Parameter first = int8.parameters().get("first.weight");
      values.put("first.weight", first.stored().toType(DataType.FLOAT32, true).mul(first.scales()));
      same.bind(values);
      float tolerance = precision == Precision.FLOAT32 ? 1e-6f : 0.02f;
      NDArray expected = same.forward(x);
      assertThat(int8.forward(x).sub(expected).abs().max().getFloat())
          .isLessThanOrEqualTo(tolerance * expected.abs().max().getFloat());
      NDArray full = loaded(precision, Weights.FULL).forward(x);
      assertThat(full.sub(expected).abs().max().getFloat()).isPositive();
    }
  }

  @Test
  void whatNeedsTheFullMatrixIsRefusedInOneLine() {
    Layers int8 = loaded(Precision.FLOAT32, Weights.INT8);
    String message =
        "parameter first.weight (144, 128) is kept in int8, which is for inference only";
    assertThatThrownBy(int8::values).hasMessage(message);
    assertThatThrownBy(int8::trainedValues).hasMessage(message);
    assertThatThrownBy(() -> new Layers(Precision.FLOAT32).share(int8)).hasMessage(message);
    assertThatThrownBy(() -> int8.keepMatricesIn(Precision.BFLOAT16)).hasMessage(message);
    int8.initialize(manager, 3);
    assertThat(int8.values()).hasSize(7);
    assertThat(int8.forward(manager.ones(new Shape(1, IN))).getShape()).isEqualTo(new Shape(1, IN));
  }
}
