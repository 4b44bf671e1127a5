package io.rapd.core.checkpoint.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.checkpoint.CheckpointException;
import io.rapd.core.fixture.Fixture;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Pickles written by hand: old formats, and everything that must be refused. */
class TorchFileTest {
  private static final String STORAGE =
      "(X\7\0\0\0storagectorch\nFloatStorage\nX\1\0\0\0000X\3\0\0\0cpuK\6tQ";
  private static final String REBUILD = "ctorch._utils\n_rebuild_tensor_v2\n";
  private static final String V2 = "(" + STORAGE + "K\0(K\2K\3t(K\3K\1t\u0089}tR";

  @TempDir Path folder;

  private Path file(String pickle) {
    return TorchSave.pickled(
        folder.resolve("a.pt"), pickle.getBytes(StandardCharsets.ISO_8859_1), 24);
  }

  private static String key(String name) {
    return "X" + (char) name.length() + "\0\0\0" + name;
  }

  private void refuses(String pickle, String... messages) {
    assertThatThrownBy(() -> TorchFile.open(file(pickle)))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("a.pt")
        .hasMessageContainingAll(messages)
        .hasMessageNotContaining("\n");
  }

  /** Python 2's OrderedDict, and tensors and parameters as PyTorch 0.1 to 0.3 pickled them. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "ctorch._utils\n_rebuild_tensor\n(STORAGEK\0(K\2K\3t(K\3K\1ttR",
        "ctorch.nn.parameter\nParameter\n(ctorch._utils\n_rebuild_tensor\n(STORAGEK\0(K\2K\3t(K\3K\1ttRt\u0081(\u0088\u0089Ntb",
        "ctorch.nn.parameter\nParameter\n)\u0081(ctorch.cuda\nFloatTensor\n)\u0081(STORAGEK\0(K\2K\3t(K\3K\1ttbNN\u0088\u0089tb",
        "ctorch._utils\n_rebuild_parameter\n(ctorch._utils\n_rebuild_tensor_v2\n(STORAGEK\0(K\2K\3t(K\3K\1t\u0089}tR\u0088}tR"
      })
  void oldFormatsAreRead(String tensor) {
    String pair = "](](U\1w" + tensor.replace("STORAGE", STORAGE) + "ee\u0085R.";
    try (TorchFile file = TorchFile.open(file("\u0080\2ccollections\nOrderedDict\n" + pair))) {
      assertThat(file.names()).containsExactly("w");
      assertThat(file.shape("w")).isEqualTo(new Shape(2, 3));
      assertThat(file.storedType("w")).isEqualTo("F32");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "builtins,eval",
    "__builtin__,getattr",
    "os,system",
    "datetime,datetime", // the library's own registry knows these
    "decimal,Decimal",
    "array,array",
    "operator,attrgetter",
    "copy_reg,_reconstructor",
    "torch.storage,_load_from_bytes",
    "torch.nn.modules.container,Sequential"
  })
  void otherNamesAreRefusedByNameHoweverTheyAreWritten(String module, String name) {
    String refusal = "names " + module + "." + name + ", which no tensor needs: refused";
    refuses("\u0080\2}" + key("a") + "c" + module + "\n" + name + "\n)Rs.", refusal);
    refuses("\u0080\4}" + key("a") + key(module) + key(name) + "\u0093)Rs.", refusal);
    refuses(
        "\u0080\2}" + key("a") + "(i" + module + "\n" + name + "\ns.",
        "not one that torch.save writes");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\u0080\2X\377\377\377\177abc", // a string of 2 GiB
        "\u0080\2\u008b\377\377\377\177abc",
        "\u0080\4\u008e\377\377\377\377\377\377\377\177abc",
        "\u0080\2]q\0h\0a.", // a list that holds itself
        "\u0080\2}q\0(K\1h\0u.",
        "\u0080\2}q\0]q\1h\0ah\1K\2s.",
        "\u0080\2K\1.",
        "\u0080\2.",
        "",
        "\u0080\2(((((",
        "\u0080\2I12345\n.",
        "\u0080\2}K\1\u0080\7"
      })
  void damagedPicklesAreRefused(String pickle) {
    refuses(pickle, "a.pt: ");
  }

  @Test
  void aFewBytesCannotNameSoMuchThatMemoryRunsOut() {
    StringBuilder doubling = new StringBuilder("\u0080\2" + REBUILD + V2 + "q\0");
    for (char level = 1; level < 40; level++) {
      char below = (char) (level - 1);
      doubling.append("](h").append(below).append('h').append(below).append("eq").append(level);
    }
    refuses(doubling + ".", "more than");

    String elements = "K\1".repeat(100_000);
    String copies = ("c__builtin__\nset\n" + "h\1\u0085R0").repeat(5_000);
    refuses("\u0080\2](" + elements + "eq\1" + copies + ".", "more than 4000000 operations");
  }

  @ParameterizedTest
  @CsvSource({
    "'K\\0(K\\2K\\4t(K\\4K\\1t',reaches element 7 of its storage; which has 6",
    "'K\\5(K\\2t(K\\1t',reaches element 6 of its storage",
    "'K\\0(J\\377\\377\\377\\377t(K\\1t',sizes and strides of at least 0",
    "'K\\0(K\\2t)',a stride per axis",
    "'K\\0(M\\377\\377M\\377\\377M\\377\\377t(K\\0K\\0K\\0t',repeats the 6 elements of its storage to",
    "'K\\0(J\\377\\377\\377\\177J\\377\\377\\377\\177J\\377\\377\\377\\177J\\377\\377\\377\\177t(K\\0K\\0K\\0K\\0t',more than 2^63 bytes"
  })
  void tensorsOutsideTheirStorageAreRefused(String geometry, String message) {
    String tensor = "(" + STORAGE + geometry.translateEscapes() + "\u0089}tR";
    refuses(
        "\u0080\2}" + key("weight") + REBUILD + tensor + "s.",
        "tensor \"weight\"",
        message.replace(';', ','));
  }

  @Test
  void storagesThatAreMissingOrShortAreRefused() {
    String pickle = "\u0080\2}" + key("w") + REBUILD + V2 + "s.";
    refuses(pickle.replace("\0000X", "\0001X"), "archive/data/1, is missing");
    refuses(pickle.replace("K\6t", "K\7t"), "has 24 bytes, expected 28 (7 elements of F32)");
    refuses("\u0080\2" + REBUILD + V2 + ".", "expected a dictionary of tensors");
    refuses("\u0080\2}.", "holds no tensors");
    String twice =
        "}" + key("a") + "}" + key("b") + REBUILD + V2 + "ss" + key("a.b") + REBUILD + V2;
    refuses("\u0080\2" + twice + "s.", "tensor \"a.b\" is there twice");
  }

  @Test
  void compressedStoragesAreUnpackedAndLeaveNothingBehind() throws IOException {
    byte[] pickle =
        ("\u0080\2}" + key("w") + REBUILD + V2 + "s.").getBytes(StandardCharsets.ISO_8859_1);
    byte[] values = new byte[24];
    values[3] = 0x40; // 2 in float32
    Map<String, byte[]> entries = Map.of("data.pkl", pickle, "data/0", values);
    Path path = TorchSave.zipOf(folder.resolve("a.pt"), ZipEntry.DEFLATED, entries);
    try (TorchFile file = TorchFile.open(path);
        NDManager manager = NDManager.newBaseManager()) {
      assertThat(file.read("w", manager).toFloatArray()).containsExactly(2, 0, 0, 0, 0, 0);
    }
    byte[] large = new byte[70 << 20];
    TorchSave.zipOf(path, ZipEntry.DEFLATED, Map.of("data.pkl", large));
    assertThatThrownBy(() -> TorchFile.open(path))
        .hasMessageContaining("has 73400320 bytes, expected at most 67108864");
  }

  @ParameterizedTest
  @ValueSource(strings = {"torch_zip.pt", "torch_legacy.pt"})
  void filesCutShortAnywhereAreRefused(String name) throws IOException {
    byte[] whole = Files.readAllBytes(Fixture.file(name));
    Path file = folder.resolve("a.pt");
    for (int length = 0; length < whole.length; length += 101) {
      Files.write(file, Arrays.copyOf(whole, length));
      assertThatThrownBy(() -> TorchFile.open(file))
          .as("%d bytes", length)
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("a.pt");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "version https://git-lfs.github.com/spec/v1,git lfs pull",
    "<!doctype html>,is not a file of torch.save",
    "'',is not a file of torch.save",
    "'PK\3\4',is a zip archive that was cut short"
  })
  void otherFilesAreRefused(String content, String message) throws IOException {
    Path file = Files.writeString(folder.resolve("a.ckpt"), content);
    assertThatThrownBy(() -> PublishedWeights.open(file))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message.replace(';', ','));
    assertThatThrownBy(() -> TorchFile.open(folder.resolve("none.pt")))
        .hasMessageContaining("none.pt: no such file");
    assertThatThrownBy(() -> TorchFile.open(folder)).isInstanceOf(CheckpointException.class);
  }
}
