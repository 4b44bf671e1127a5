package io.rapd.core.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafetensorsOutputTest {
  @TempDir Path folder;

  @Test
  void everyTypeReadsBackEqual() {
    Path file = folder.resolve("a.safetensors");
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray floats = manager.randomNormal(new Shape(3, 5));
      NDArray[] arrays = {
        floats,
        floats.toType(DataType.FLOAT64, true),
        floats.toType(DataType.FLOAT16, true),
        manager.arange(7).toType(DataType.INT64, true).mul(1L << 40),
        manager.create(new int[] {-1, 2}),
        manager.create(new byte[] {-1, 2}),
        manager.create(new boolean[] {true, false, true}),
        manager.create(3f),
        manager.create(new Shape(0, 4)),
        floats.transpose(),
      };
      SafetensorsOutput output = new SafetensorsOutput().metadata("step", "7");
      for (int i = 0; i < arrays.length; i++) {
        output.add("array." + i, arrays[i]);
      }
      output.writeTo(file);
      try (SafetensorsFile opened = SafetensorsFile.open(file)) {
        assertThat(opened.metadata()).containsOnly(Map.entry("step", "7"));
        assertThat(opened.names()).hasSize(arrays.length);
        for (int i = 0; i < arrays.length; i++) {
          NDArray expected =
              arrays[i].getDataType() == DataType.FLOAT16
                  ? arrays[i].toType(DataType.FLOAT32, true)
                  : arrays[i];
          NDArray read = opened.read("array." + i, manager);
          assertThat(read.getShape()).isEqualTo(expected.getShape());
          assertThat(read.getDataType()).isEqualTo(expected.getDataType());
          assertThat(read.toByteBuffer(false)).isEqualTo(expected.toByteBuffer(false));
          assertThat(opened.entry("array." + i).begin() % opened.entry("array." + i).type().bytes())
              .isZero();
        }
      }
    }
  }

  @Test
  void tensorsOfSeveralPiecesReadBackEqual() {
    Path file = folder.resolve("a.safetensors");
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray large = manager.arange((1 << 24) + 4099).reshape(-1, 1);
      NDArray floats = large.toType(DataType.FLOAT32, true);
      new SafetensorsOutput().add("x", floats).add("y", floats, TensorType.BF16).writeTo(file);
      try (SafetensorsFile opened = SafetensorsFile.open(file)) {
        assertThat(opened.read("x", manager).eq(floats).all().getBoolean()).isTrue();
        NDArray half = opened.read("y", manager);
        assertThat(half.sub(floats).abs().lte(floats.mul(1f / 256)).all().getBoolean()).isTrue();
        assertThat(opened.readBits16("y", manager).getShape()).isEqualTo(floats.getShape());
      }
    }
  }

  @Test
  void narrowedTensorsAreRoundedToNearestEven() {
    Path file = folder.resolve("a.safetensors");
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray array = manager.create(new float[] {1f, 1f + 0x1p-8f, 1f + 0x3p-8f, 1f + 0x1p-11f});
      new SafetensorsOutput()
          .add("b", array, TensorType.BF16)
          .add("h", array, TensorType.F16)
          .writeTo(file);
      try (SafetensorsFile opened = SafetensorsFile.open(file)) {
        assertThat(opened.entry("b").type()).isEqualTo(TensorType.BF16);
        assertThat(opened.read("b", manager).toFloatArray())
            .containsExactly(1f, 1f, 1f + 0x1p-6f, 1f);
        assertThat(opened.read("h", manager).toFloatArray())
            .containsExactly(1f, 1f + 0x1p-8f, 1f + 0x3p-8f, 1f);
      }
    }
  }

  @Test
  void equalContentGivesEqualBytesWhateverTheOrderOfAdding() throws IOException {
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray a = manager.create(new float[] {1, 2});
      NDArray b = manager.create(new long[] {3});
      Path one = folder.resolve("1.safetensors");
      Path two = folder.resolve("2.safetensors");
      new SafetensorsOutput()
          .add("a", a)
          .add("b", b)
          .metadata("x", "1")
          .metadata("y", "")
          .writeTo(one);
      new SafetensorsOutput()
          .metadata("y", "")
          .metadata("x", "1")
          .add("b", b)
          .add("a", a)
          .writeTo(two);
      byte[] bytes = Files.readAllBytes(one);
      assertThat(Files.readAllBytes(two)).isEqualTo(bytes);
      long length = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
      assertThat(length % 8).isZero();
    }
  }

  @Test
  void failedWriteLeavesTheOlderFileAndNothingElse() throws IOException {
    Path file = folder.resolve("a.safetensors");
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray array = manager.create(new float[] {1, 2});
      new SafetensorsOutput().add("a", array).writeTo(file);
      byte[] before = Files.readAllBytes(file);
      SafetensorsOutput doomed =
          new SafetensorsOutput().add("a", array).add("b", manager.create(new int[] {3}));
      array.close();
      assertThatThrownBy(() -> doomed.writeTo(file)).isInstanceOf(RuntimeException.class);
      assertThat(Files.readAllBytes(file)).isEqualTo(before);
      try (Stream<Path> files = Files.list(folder)) {
        assertThat(files).hasSize(1);
      }
    }
  }

  @Test
  void wrongUseIsRefusedByName() {
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray longs = manager.create(new long[] {3});
      SafetensorsOutput output = new SafetensorsOutput().add("a", longs);
      assertThatThrownBy(() -> output.add("a", longs)).hasMessageContaining("\"a\": added twice");
      assertThatThrownBy(() -> output.add("b", longs, TensorType.BF16))
          .hasMessageContaining("int64")
          .hasMessageContaining("BF16");
      assertThatThrownBy(() -> output.add("__metadata__", longs))
          .isInstanceOf(CheckpointException.class);
      assertThatThrownBy(() -> output.writeTo(folder.resolve("none/a.safetensors")))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("cannot be written");
      assertThatThrownBy(() -> output.writeTo(folder)).isInstanceOf(CheckpointException.class);
    }
  }
}
