package io.rapd.core.checkpoint;

import static io.rapd.core.checkpoint.RawSafetensors.header;
import static io.rapd.core.text.Messages.message;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.torch.Precision;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.ReadOnlyBufferException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafetensorsFileTest {
  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "F32 | [2] | [0,4] | takes 8 bytes",
        "F32 | [-1] | [0,8] | expected 0 to 2^63-1",
        "F32 | [2.0] | [0,8] | list of integers",
        "F32 | ['2'] | [0,8] | list of integers",
        "F32 | 2 | [0,8] | list of integers",
        "F32 | [2] | [8,0] | begin <= end",
        "F32 | [2] | [0,8,9] | begin <= end",
        "F32 | [1] | [1,5] | begins at byte 1",
        "F32 | [4] | [0,16] | ends at byte",
        "F32 | [1] | [0,4] | the tensors end at byte",
        "F32 | [4611686018427387904,4] | [0,8] | more than 2^63 bytes",
        "F32 | [0,4611686018427387904,4611686018427387904] | [0,0] | more than 2^63 bytes",
        "F32 | [99999999999999999999] | [0,8] | expected 0 to 2^63-1",
        "F32 | [1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,2] | [0,8] | more than 25",
        "U8 | [9223372036854775807] | [0,9223372036854775807] | more than 2^63 bytes",
      })
  void headerThatLiesIsRefused(String type, String shape, String offsets, String message)
      throws IOException {
    Path file =
        RawSafetensors.write(
            folder.resolve("a.safetensors"),
            header(type, shape.replace('\'', '"'), offsets),
            new byte[8]);
    assertThatThrownBy(() -> SafetensorsFile.open(file))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("a.safetensors")
        .hasMessageContaining("\"t\"".repeat(message.startsWith("the tensors") ? 0 : 1))
        .hasMessageContaining(message.replace('\'', '"'));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[] | must be an object",
        "{ | not valid JSON",
        "{} x | not valid JSON",
        "{} {} | after the header",
        "{'t':{'dtype':'U8','shape':[],'data_offsets':[0,1]},'t':{}} | Duplicate field",
        "{'t':{'dtype':'U8','shape':[],'shape':[],'data_offsets':[0,1]}} | Duplicate field",
        "{'t':{'dtype':'U8','shape':[],'data_offsets':[0,1],'x':1}} | unknown field 'x'",
        "{'t':{'dtype':'U8','shape':[]}} | no field 'data_offsets'",
        "{'t':{'shape':[],'data_offsets':[0,1]}} | no field 'dtype'",
        "{'t':null} | must be an object",
        "{'__metadata__':{'a':1}} | must be a string",
        "{'__metadata__':[]} | must be an object",
        "{'a':{'dtype':'U8','shape':[1],'data_offsets':[0,1]},'b':{'dtype':'U8','shape':[1],'data_offsets':[0,1]}}"
            + " | tensor 'b' begins at byte 0 of the data, expected 1",
      })
  void headerThatIsMalformedIsRefused(String json, String message) throws IOException {
    Path file =
        RawSafetensors.write(folder.resolve("a.safetensors"), json.replace('\'', '"'), new byte[1]);
    assertThatThrownBy(() -> SafetensorsFile.open(file))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("a.safetensors")
        .hasMessageContaining(message.replace('\'', '"'));
  }

  @Test
  void headerLengthBeyondFileOrLimitIsRefused() throws IOException {
    Path file = folder.resolve("a.safetensors");
    for (long length : new long[] {1L << 60, -1, 9, 100_000_001}) {
      byte[] bytes = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN).putLong(length).array();
      Files.write(file, bytes);
      assertThatThrownBy(() -> SafetensorsFile.open(file))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining(Long.toUnsignedString(length));
    }
    Files.write(file, new byte[7]);
    assertThatThrownBy(() -> SafetensorsFile.open(file)).isInstanceOf(CheckpointException.class);
    assertThatThrownBy(() -> SafetensorsFile.open(folder.resolve("none")))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("no such file");
    assertThatThrownBy(() -> SafetensorsFile.open(folder)).isInstanceOf(CheckpointException.class);
  }

  @Test
  void typesThatNoArrayCanHoldAreRefusedWhenRead() throws IOException {
    Path file =
        RawSafetensors.write(
            folder.resolve("a.safetensors"), header("I16", "[2]", "[0,4]"), new byte[4]);
    try (SafetensorsFile opened = SafetensorsFile.open(file);
        NDManager manager = NDManager.newBaseManager()) {
      assertThatThrownBy(() -> opened.read("t", manager))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("I16");
      assertThatThrownBy(() -> opened.readBits16("t", manager))
          .isInstanceOf(CheckpointException.class);
      assertThatThrownBy(() -> opened.read("u", manager))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("\"u\"");
      assertThat(opened.bytes("t").remaining()).isEqualTo(4);
    }
  }

  @Test
  void booleanThatIsNeitherZeroNorOneIsRefused() throws IOException {
    Path file =
        RawSafetensors.write(
            folder.resolve("a.safetensors"), header("BOOL", "[3]", "[0,3]"), new byte[] {0, 1, 2});
    try (SafetensorsFile opened = SafetensorsFile.open(file);
        NDManager manager = NDManager.newBaseManager()) {
      assertThatThrownBy(() -> opened.read("t", manager))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("holds the byte 2");
    }
  }

  @Test
  void halfTypesWidenExactlyAndTheirBitsCanBeRead() throws IOException {
    ByteBuffer data = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN);
    data.putShort((short) 0x3fc0).putShort((short) 0xc000).putShort((short) 0x7f80); // BF16
    data.putShort((short) 0x3e00).putShort((short) 0x0001).putShort((short) 0xfc00); // F16
    String json =
        "{\"b\":{\"dtype\":\"BF16\",\"shape\":[3,1],\"data_offsets\":[0,6]},"
            + "\"h\":{\"dtype\":\"F16\",\"shape\":[3],\"data_offsets\":[6,12]}}  ";
    Path file = RawSafetensors.write(folder.resolve("a.safetensors"), json, data.array());
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray wide;
      NDArray half;
      NDArray bits;
      try (SafetensorsFile opened = SafetensorsFile.open(file)) {
        wide = opened.read("b", manager);
        half = opened.read("h", manager);
        bits = opened.readBits16("b", manager);
        ByteBuffer raw = opened.bytes("b");
        assertThat(raw.getShort(0)).isEqualTo((short) 0x3fc0);
        assertThatThrownBy(() -> raw.put(0, (byte) 0)).isInstanceOf(ReadOnlyBufferException.class);
      }
      assertThat(wide.getShape()).isEqualTo(new Shape(3, 1));
      assertThat(wide.toFloatArray()).containsExactly(1.5f, -2f, Float.POSITIVE_INFINITY);
      assertThat(half.toFloatArray()).containsExactly(1.5f, 0x1p-24f, Float.NEGATIVE_INFINITY);
      assertThat(bits.getDataType()).isEqualTo(DataType.FLOAT16);
      assertThat(bits.getShape()).isEqualTo(new Shape(3, 1));
      assertThat(bits.toByteBuffer(false).getShort(2)).isEqualTo((short) 0xc000);
      assertThat(manager.getManagedArrays()).hasSize(3);
    }
  }

  @Test
  void smallTensorAtTheEndOfALargeFileIsRead() throws IOException {
    long hole = 5L << 30;
    String json =
        message("{\"hole\":{\"dtype\":\"U8\",\"shape\":[%d],\"data_offsets\":[0,%d]},", hole, hole)
            + message(
                "\"t\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[%d,%d]}}",
                hole, hole + 8);
    byte[] header = json.getBytes(StandardCharsets.UTF_8);
    Path path = folder.resolve("large.safetensors");
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.write(RawSafetensors.bytes(json, new byte[0]));
      file.setLength(8 + header.length + hole + 8);
      file.seek(8 + header.length + hole);
      file.write(
          ByteBuffer.allocate(8)
              .order(ByteOrder.LITTLE_ENDIAN)
              .putFloat(1.25f)
              .putFloat(-3f)
              .array());
    }
    try (SafetensorsFile opened = SafetensorsFile.open(path);
        NDManager manager = NDManager.newBaseManager()) {
      assertThat(opened.read("t", manager).toFloatArray()).containsExactly(1.25f, -3f);
      assertThat(opened.entry("hole").bytes()).isEqualTo(hole);
      assertThatThrownBy(() -> opened.bytes("hole"))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("2 GiB");
    }
  }

  @Test
  void tensorOverTwoGibibytesIsReadWhole() throws IOException {
    long columns = 1L << 20;
    long rows = 1025;
    long bytes = 2 * rows * columns;
    byte[] header =
        RawSafetensors.bytes(
            header("BF16", message("[%d,%d]", rows, columns), message("[0,%d]", bytes)),
            new byte[0]);
    Path path = folder.resolve("large.safetensors");
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.write(header);
      file.setLength(header.length + bytes);
      for (long at : new long[] {0, bytes / 2, Integer.MAX_VALUE - 1L, bytes - 2}) {
        file.seek(header.length + at);
        file.write(new byte[] {(byte) 0xc0, 0x3f}); // 1.5
      }
    }
    try (SafetensorsFile opened = SafetensorsFile.open(path);
        NDManager manager = NDManager.newBaseManager()) {
      NDArray bits = opened.readBits16("t", manager);
      assertThat(bits.getShape()).isEqualTo(new Shape(rows, columns));
      NDArray flat = bits.reshape(new Shape(rows * columns));
      for (long at : new long[] {0, bytes / 2, Integer.MAX_VALUE - 1L, bytes - 2}) {
        assertThat(bitsAt(flat, at / 2)).as("byte %d", at).isEqualTo((short) 0x3fc0);
      }
      assertThat(bitsAt(flat, bytes / 2 - 2)).isZero();
    }
  }

  private static short bitsAt(NDArray flat, long index) {
    try (NDArray one = flat.get(new NDIndex().addSliceDim(index, index + 1))) {
      return one.toByteBuffer(false).order(ByteOrder.LITTLE_ENDIAN).getShort(0);
    }
  }

  @Test
  void floatsAreGivenInBfloat16WhereAskedFor() throws IOException {
    ByteBuffer data = ByteBuffer.allocate(24).order(ByteOrder.LITTLE_ENDIAN);
    data.putLong(7); // I64
    data.putFloat(1 + 0x1p-8f).putFloat(-0.1f); // F32: a tie, to even, and a value between
    data.putShort((short) 0x3fc0).putShort((short) 0x7fa1); // BF16 1.5 and a NaN with its payload
    data.putShort((short) 0x3c01).putShort((short) 0x0001); // F16 1 + 2^-10 and 2^-24
    String json =
        "{\"i\":{\"dtype\":\"I64\",\"shape\":[1],\"data_offsets\":[0,8]},"
            + "\"f\":{\"dtype\":\"F32\",\"shape\":[2,1],\"data_offsets\":[8,16]},"
            + "\"b\":{\"dtype\":\"BF16\",\"shape\":[2],\"data_offsets\":[16,20]},"
            + "\"h\":{\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[20,24]}}";
    Path file = RawSafetensors.write(folder.resolve("a.safetensors"), json, data.array());
    try (NDManager manager = NDManager.newBaseManager();
        SafetensorsFile opened = SafetensorsFile.open(file)) {
      NDArray kept = opened.readBFloat16("b", manager);
      assertThat(kept.getDataType()).isEqualTo(DataType.UNKNOWN); // DJL's name for bfloat16
      assertThat(kept.toByteBuffer(false).order(ByteOrder.LITTLE_ENDIAN))
          .isEqualTo(opened.bytes("b"));
      assertThat(kept.getShape()).isEqualTo(new Shape(2));
      NDArray floats = opened.readBFloat16("f", manager);
      assertThat(floats.getShape()).isEqualTo(new Shape(2, 1));
      assertThat(Precision.FLOAT32.cast(floats).toFloatArray()).containsExactly(1f, -0x1.9ap-4f);
      assertThat(Precision.FLOAT32.cast(opened.readBFloat16("h", manager)).toFloatArray())
          .containsExactly(1f, 0x1p-24f);
      assertThatThrownBy(() -> opened.readBFloat16("i", manager))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("tensor \"i\" has dtype I64, expected one of [F32, F16, BF16]");
      assertThat(opened.storedType("b")).isEqualTo("BF16");
      assertThat(opened.origin("b")).isEqualTo(file.toString());
      assertThat(manager.getManagedArrays()).hasSize(5);
    }
  }

  @Test
  void rowsAreReadAloneInAnyOrder() throws IOException {
    ByteBuffer data = ByteBuffer.allocate(44).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : new float[] {0, 1, 10, 11, 20, 21}) {
      data.putFloat(value);
    }
    data.putShort((short) 0x3fc0).putShort((short) 0xc000); // BF16 1.5 and -2
    data.putLong(1).putLong(2); // I64
    String json =
        "{\"f\":{\"dtype\":\"F32\",\"shape\":[3,2],\"data_offsets\":[0,24]},"
            + "\"b\":{\"dtype\":\"BF16\",\"shape\":[2,1],\"data_offsets\":[24,28]},"
            + "\"i\":{\"dtype\":\"I64\",\"shape\":[2,1],\"data_offsets\":[28,44]}}   ";
    Path file = RawSafetensors.write(folder.resolve("a.safetensors"), json, data.array());
    try (NDManager manager = NDManager.newBaseManager();
        SafetensorsFile opened = SafetensorsFile.open(file)) {
      NDArray rows = opened.readRows("f", new long[] {2, 0, 2}, manager);
      assertThat(rows.getShape()).isEqualTo(new Shape(3, 2));
      assertThat(rows.toFloatArray()).containsExactly(20, 21, 0, 1, 20, 21);
      assertThat(opened.readRows("b", new long[] {1}, manager).toFloatArray()).containsExactly(-2);
      assertThatThrownBy(() -> opened.readRows("i", new long[] {0}, manager))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("tensor \"i\" has dtype I64, expected one of [F32, F16, BF16]");
      assertThatThrownBy(() -> opened.readRows("f", new long[] {3}, manager))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThat(manager.getManagedArrays()).hasSize(2);
    }
  }

  @Test
  void readingAfterCloseIsRefused() throws IOException {
    Path file =
        RawSafetensors.write(
            folder.resolve("a.safetensors"), header("F32", "[1]", "[0,4]"), new byte[4]);
    SafetensorsFile opened = SafetensorsFile.open(file);
    opened.close();
    try (NDManager manager = NDManager.newBaseManager()) {
      assertThatThrownBy(() -> opened.read("t", manager)).isInstanceOf(IllegalStateException.class);
      assertThat(manager.getManagedArrays()).isEmpty();
    }
  }

  @Test
  void fileCutShortAfterOpeningIsAnExceptionAndNotACrash() throws IOException {
    int bytes = 1 << 20;
    Path path =
        RawSafetensors.write(
            folder.resolve("a.safetensors"),
            header("U8", "[" + bytes + "]", "[0," + bytes + "]"),
            new byte[bytes]);
    try (SafetensorsFile opened = SafetensorsFile.open(path);
        NDManager manager = NDManager.newBaseManager()) {
      opened.bytes("t");
      try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
        file.setLength(100);
      }
      assertThatThrownBy(() -> opened.read("t", manager)).isInstanceOf(CheckpointException.class);
    }
  }
}
