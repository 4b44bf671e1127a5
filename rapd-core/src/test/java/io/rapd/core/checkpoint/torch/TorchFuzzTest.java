package io.rapd.core.checkpoint.torch;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.rapd.core.checkpoint.CheckpointException;
import io.rapd.core.fixture.Fixture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Damaged files, thousands of them: each reads normally or ends in a one-line refusal. */
class TorchFuzzTest {
  private static final int FILES = Integer.getInteger("rapd.fuzz", 800);

  /** Opcodes that build containers, names and references, and what they work on. */
  private static final String OPCODES =
      "(.012}])lde0abcijhqrstuoRQNKJMGXUTB\u0080\u0081\u0085\u0086\u0087\u0088\u0089\u008a\u008b"
          + "\u008c\u008d\u008e\u008f\u0090\u0091\u0092\u0093\u0094\u0095\u0096\u0097\u0098";

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"torch_zip.pt", "torch_legacy.pt", "torch_nested.pt"})
  void mutatedFilesReadNormallyOrEndInACheckpointException(String name) throws IOException {
    byte[] whole = Files.readAllBytes(Fixture.file(name));
    Random random = new Random(20240607);
    Path file = folder.resolve("a.pt");
    int normal = 0;
    for (int i = 0; i < FILES; i++) {
      normal += readsNormally(Files.write(file, mutate(whole, random)), i % 20 == 0) ? 1 : 0;
    }
    assertThat(normal).isBetween(1, FILES - 1);
  }

  @Test
  void mutatedPicklesInAGoodArchiveReadNormallyOrEndInACheckpointException() throws IOException {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    try (ZipFile zip = new ZipFile(Fixture.file("torch_zip.pt").toFile())) {
      for (ZipEntry entry : Collections.list(zip.entries())) {
        entries.put(
            entry.getName().substring("torch_zip/".length()),
            zip.getInputStream(entry).readAllBytes());
      }
    }
    byte[] pickle = entries.get("data.pkl");
    Random random = new Random(20240608);
    Path file = folder.resolve("a.pt");
    int normal = 0;
    for (int i = 0; i < 2 * FILES; i++) {
      entries.put("data.pkl", mutate(pickle, random));
      int method = i % 20 == 0 ? ZipEntry.DEFLATED : ZipEntry.STORED;
      normal += readsNormally(TorchSave.zipOf(file, method, entries), i % 20 == 0) ? 1 : 0;
    }
    assertThat(normal).isBetween(1, 2 * FILES - 1);
  }

  /**
   * Opening checks everything but the values. To read these as well takes most of the time, so only
   * some files' are read.
   */
  private static boolean readsNormally(Path file, boolean values) {
    try (TorchFile opened = TorchFile.open(file);
        NDManager manager = NDManager.newBaseManager()) {
      if (!values) {
        return true;
      }
      for (String name : opened.names()) {
        String type = opened.storedType(name);
        if (type.matches("F32|F16|BF16")) {
          assertThat(opened.readBFloat16(name, manager).getShape()).isEqualTo(opened.shape(name));
        }
        try {
          NDArray read = opened.read(name, manager);
          assertThat(read.getShape()).isEqualTo(opened.shape(name));
          assertThat(read.toByteBuffer(false).remaining())
              .isEqualTo(read.size() * read.getDataType().getNumOfBytes());
        } catch (CheckpointException e) {
          assertThat(type + e.getMessage()).matches("I16.*|U.*|F8.*|C.*|BOOL.*|.*is damaged: .*");
        }
      }
      return true;
    } catch (CheckpointException e) {
      assertThat(e).hasMessageContaining("a.pt");
      assertThat(e.getMessage()).doesNotContain("\n").hasSizeLessThan(3000);
      return false;
    }
  }

  private static byte[] mutate(byte[] whole, Random random) {
    byte[] bytes = whole.clone();
    int at = random.nextInt(bytes.length);
    switch (random.nextInt(7)) {
      case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
      case 1 -> {
        for (int flips = 1 + random.nextInt(5); flips > 0; flips--) {
          bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
        }
      }
      case 2 -> {
        return Arrays.copyOf(bytes, random.nextInt(bytes.length + 40));
      }
      case 3 -> bytes[at] = (byte) OPCODES.charAt(random.nextInt(OPCODES.length()));
      case 4 -> { // a part moves elsewhere
        int length = Math.min(1 + random.nextInt(40), bytes.length - at);
        int to = random.nextInt(bytes.length - length + 1);
        System.arraycopy(whole, at, bytes, to, length);
      }
      case 5 -> { // a part goes
        int length = Math.min(1 + random.nextInt(20), bytes.length - at);
        System.arraycopy(whole, at + length, bytes, at, bytes.length - at - length);
        return Arrays.copyOf(bytes, bytes.length - length);
      }
      default -> { // opcodes come in between
        int length = 1 + random.nextInt(4);
        bytes = Arrays.copyOf(bytes, bytes.length + length);
        System.arraycopy(whole, at, bytes, at + length, whole.length - at);
        for (int i = 0; i < length; i++) {
          bytes[at + i] = (byte) OPCODES.charAt(random.nextInt(OPCODES.length()));
        }
      }
    }
    return bytes;
  }
}
