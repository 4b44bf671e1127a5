package io.rapd.core.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Damaged files, thousands of them: each reads normally or ends in a CheckpointException. */
class SafetensorsFuzzTest {
  private static final int FILES = 6000;
  private static final String[] TOKENS = {
    "-1",
    "0",
    "1",
    "4",
    "8",
    "9223372036854775807",
    "18446744073709551616",
    "1e9",
    "null",
    "[]",
    "{}",
    "\"BOOL\"",
    "\"I16\"",
    "\"F64\"",
    "\"BF16\"",
    "\"x\"",
    ",",
    ":",
    "]",
    "}",
    "true",
    "\\u0000",
  };

  @TempDir Path folder;

  @Test
  void mutatedFilesReadNormallyOrEndInACheckpointException() throws IOException {
    Path file = folder.resolve("a.safetensors");
    int normal = 0;
    try (NDManager manager = NDManager.newBaseManager()) {
      byte[] whole = original(manager, file);
      Random random = new Random(20240607);
      for (int i = 0; i < FILES; i++) {
        Files.write(file, mutate(whole, random));
        try {
          readAll(file);
          normal++;
        } catch (CheckpointException e) {
          assertThat(e).hasMessageContaining("a.safetensors");
        }
      }
    }
    assertThat(normal).isBetween(1, FILES - 1);
  }

  private static byte[] original(NDManager manager, Path file) throws IOException {
    NDArray floats = manager.arange(6f).reshape(2, 3);
    new SafetensorsOutput()
        .add("weight", floats)
        .add("half", floats, TensorType.F16)
        .add("brain", floats, TensorType.BF16)
        .add("count", manager.create(new long[] {5}))
        .add("mask", manager.create(new boolean[] {true, false}))
        .add("none", manager.create(new Shape(0, 2)))
        .metadata("step", "1")
        .writeTo(file);
    return Files.readAllBytes(file);
  }

  private static void readAll(Path file) {
    try (SafetensorsFile opened = SafetensorsFile.open(file);
        NDManager manager = NDManager.newBaseManager()) {
      for (String name : opened.names()) {
        TensorEntry entry = opened.entry(name);
        assertThat(opened.bytes(name).remaining()).isEqualTo(entry.bytes());
        if (entry.type() == TensorType.BF16 || entry.type() == TensorType.F16) {
          assertThat(opened.readBFloat16(name, manager).getShape()).isEqualTo(entry.shape());
        }
        if (entry.type() != TensorType.I16 && entry.type() != TensorType.OTHER) {
          NDArray read = opened.read(name, manager);
          assertThat(read.getShape()).isEqualTo(entry.shape());
          assertThat(read.toByteBuffer(false).remaining())
              .isEqualTo(read.size() * read.getDataType().getNumOfBytes());
        }
      }
    }
  }

  private static byte[] mutate(byte[] whole, Random random) {
    byte[] bytes = whole.clone();
    int header = (int) ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN).getLong();
    switch (random.nextInt(6)) {
      case 0 -> flip(bytes, 0, bytes.length, random);
      case 1 -> flip(bytes, 8, 8 + header, random);
      case 2 -> flip(bytes, 0, 8, random);
      case 3 -> {
        return Arrays.copyOf(bytes, random.nextInt(bytes.length + 40));
      }
      case 4 ->
          bytes[8 + random.nextInt(header)] =
              (byte) "0123456789[]{},:\"-".charAt(random.nextInt(18));
      default -> {
        return editHeader(whole, header, random);
      }
    }
    return bytes;
  }

  private static void flip(byte[] bytes, int from, int to, Random random) {
    for (int flips = 1 + random.nextInt(3); flips > 0; flips--) {
      bytes[from + random.nextInt(to - from)] ^= (byte) (1 << random.nextInt(8));
    }
  }

  /** Replaces a part of the header by a token, with a header length that fits the result. */
  private static byte[] editHeader(byte[] whole, int header, Random random) {
    String json = new String(whole, 8, header, StandardCharsets.UTF_8);
    String token = TOKENS[random.nextInt(TOKENS.length)];
    List<int[]> values =
        Pattern.compile("\\d+|\"[^\"]*\"|\\[[^]]*]")
            .matcher(json)
            .results()
            .map(match -> new int[] {match.start(), match.end()})
            .toList();
    int[] value = values.get(random.nextInt(values.size()));
    String edited = json.substring(0, value[0]) + token + json.substring(value[1]);
    return RawSafetensors.bytes(edited, Arrays.copyOfRange(whole, 8 + header, whole.length));
  }
}
