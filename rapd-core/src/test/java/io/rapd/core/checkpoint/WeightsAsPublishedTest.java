package io.rapd.core.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.config.ConfigException;
import io.rapd.core.config.ConfigFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Model folders in the states in which a clone or download leaves them. */
class WeightsAsPublishedTest {
  private static final String POINTER =
      "version https://git-lfs.github.com/spec/v1\noid sha256:"
          + "0".repeat(64)
          + "\nsize 344118\n";

  @TempDir Path folder;

  record Sizes(int width) {}

  @Test
  void aGitLfsPointerSaysHowToGetTheFile() throws IOException {
    Path weights = Files.writeString(folder.resolve("model.safetensors"), POINTER);
    Path config = Files.writeString(folder.resolve("config.json"), POINTER);
    String advice =
        ": expected the file itself, found a Git LFS pointer to it; run \"git lfs pull\" in its"
            + " repository";
    assertThatThrownBy(() -> ModelFolder.open(folder))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(weights + advice);
    assertThatThrownBy(() -> ConfigFile.read(config, Sizes.class, List.of()))
        .isInstanceOf(ConfigException.class)
        .hasMessage(config + advice);
    Files.delete(weights);
    Path index = Files.writeString(folder.resolve("model.safetensors.index.json"), POINTER);
    assertThatThrownBy(() -> ModelFolder.open(folder)).hasMessage(index + advice);
    Files.writeString(
        index,
        "{\"weight_map\": {\"a\": \"model-1.safetensors\", \"b\": \"model-1.safetensors\"}}");
    Path shard = Files.writeString(folder.resolve("model-1.safetensors"), POINTER);
    assertThatThrownBy(() -> ModelFolder.open(folder)).hasMessage(shard + advice);
  }

  @ParameterizedTest
  @ValueSource(strings = {"pytorch_model.bin", "pytorch_model.bin.index.json"})
  void pickledWeightsAloneSayWhatToDo(String name) throws IOException {
    Files.write(folder.resolve(name), new byte[] {'P', 'K', 3, 4});
    assertThatThrownBy(() -> ModelFolder.open(folder))
        .isInstanceOf(CheckpointException.class)
        .hasMessageStartingWith(folder + ": has neither model.safetensors nor ")
        .hasMessageContaining("it has " + name + ": load it in Python")
        .hasMessageContaining("safe_serialization=True");
  }

  /** Types of the format, and one that a later version may add. */
  @ParameterizedTest
  @ValueSource(strings = {"F8_E4M3", "F8_E5M2", "U16", "U64", "C64", "F4", "X9"})
  void aTensorOfAnotherTypeRefusesOnlyItself(String dtype) throws IOException {
    Path file =
        RawSafetensors.write(
            folder.resolve("model.safetensors"),
            "{\"q\":{\"dtype\":\""
                + dtype
                + "\",\"shape\":[3],\"data_offsets\":[0,4]},"
                + "\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}",
            new byte[] {1, 2, 3, 4, 0, 0, (byte) 0x80, 0x3f});
    try (ModelFolder model = ModelFolder.open(folder);
        NDManager manager = NDManager.newBaseManager()) {
      assertThat(model.names()).containsExactly("a", "q");
      assertThat(model.read("a", manager).toFloatArray()).containsExactly(1);
      assertThat(model.storedType("q")).isEqualTo(dtype);
      assertThat(model.shape("q")).isEqualTo(new Shape(3));
      assertThatThrownBy(() -> model.read("q", manager))
          .isInstanceOf(CheckpointException.class)
          .hasMessage(file + ": tensor \"q\" has dtype " + dtype + ", which no array can hold");
      assertThatThrownBy(() -> model.readBFloat16("q", manager))
          .isInstanceOf(CheckpointException.class);
    }
  }

  @Test
  void aTensorOfAnotherTypeStillHasToLieInTheFile() throws IOException {
    Path file =
        RawSafetensors.write(
            folder.resolve("a.safetensors"),
            RawSafetensors.header("F8_E4M3", "[4]", "[0,9]"),
            new byte[4]);
    assertThatThrownBy(() -> SafetensorsFile.open(file))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("ends at byte");
  }
}
