package io.rapd.core.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelFolderTest {
  private static final String ONE = "model-00001-of-00002.safetensors";
  private static final String TWO = "model-00002-of-00002.safetensors";

  @TempDir Path folder;
  private final NDManager manager = NDManager.newBaseManager();

  @AfterEach
  void close() {
    manager.close();
  }

  private void shard(String file, String... names) {
    SafetensorsOutput output = new SafetensorsOutput();
    for (String name : names) {
      output.add(name, manager.create(new float[] {name.length(), 2}));
    }
    output.writeTo(folder.resolve(file));
  }

  private void index(String... namesAndShards) throws IOException {
    StringBuilder json = new StringBuilder("{\"metadata\":{\"total_size\":1},\"weight_map\":{");
    for (int i = 0; i < namesAndShards.length; i += 2) {
      json.append(i == 0 ? "" : ",")
          .append("\"" + namesAndShards[i] + "\":\"" + namesAndShards[i + 1] + "\"");
    }
    Files.writeString(folder.resolve("model.safetensors.index.json"), json + "}}");
  }

  private void assertRefused(String... parts) {
    assertThatThrownBy(() -> ModelFolder.open(folder))
        .isInstanceOf(CheckpointException.class)
        .message()
        .contains(parts);
  }

  @Test
  void singleFileIsPresentedByName() {
    shard("model.safetensors", "a", "bb");
    try (ModelFolder model = ModelFolder.open(folder)) {
      assertThat(model.names()).containsExactly("a", "bb");
      assertThat(model.read("bb", manager).toFloatArray()).containsExactly(2, 2);
      assertThat(model.shape("a")).isEqualTo(new Shape(2));
    }
  }

  @Test
  void shardsArePresentedAsOne() throws IOException {
    shard(ONE, "a");
    shard(TWO, "bb", "ccc");
    index("a", ONE, "bb", TWO, "ccc", TWO);
    try (ModelFolder model = ModelFolder.open(folder)) {
      assertThat(model.names()).containsExactly("a", "bb", "ccc");
      assertThat(model.read("ccc", manager).toFloatArray()).containsExactly(3, 2);
    }
  }

  @Test
  void otherStemsAreOpenedByName() {
    shard("ema.safetensors", "a");
    try (ModelFolder model = ModelFolder.open(folder, "ema")) {
      assertThat(model.names()).containsExactly("a");
    }
    assertRefused("neither model.safetensors nor model.safetensors.index.json");
  }

  @Test
  void missingShardIsNamed() throws IOException {
    shard(ONE, "a");
    index("a", ONE, "bb", TWO);
    assertRefused(TWO, "missing");
  }

  @Test
  void originIsTheShardAndDescriptionTheIndex() throws IOException {
    shard(ONE, "a");
    shard(TWO, "bb");
    index("a", ONE, "bb", TWO);
    try (ModelFolder model = ModelFolder.open(folder)) {
      assertThat(model.origin("bb")).isEqualTo(folder.resolve(TWO).toString());
      assertThat(model.storedType("bb")).isEqualTo("F32");
      assertThat(model.description()).endsWith("model.safetensors.index.json");
      assertThatThrownBy(() -> model.origin("c"))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("index.json: has no tensor \"c\"");
    }
  }

  @Test
  void missingFolderOfAPublishedNetworkSaysHowToGetIt() {
    ModelFolder.requirePublished(folder, "VGG", "some/vgg");
    Path none = folder.resolve("none");
    assertThatThrownBy(() -> ModelFolder.requirePublished(none, "VGG", "some/vgg", "its/other"))
        .isInstanceOf(CheckpointException.class)
        .hasMessage(
            none
                + ": no such folder; get the weights of VGG from the Hugging Face hub:"
                + " hf download some/vgg --local-dir "
                + none
                + " (or its/other)");
  }

  @Test
  void tensorThatItsShardLacksIsNamed() throws IOException {
    shard(ONE, "a");
    shard(TWO, "bb");
    index("a", ONE, "bb", TWO, "ccc", TWO);
    assertRefused("\"ccc\"", TWO, "lacks");
    index("a", TWO, "bb", TWO);
    assertRefused("\"a\"", "lacks it");
    index("a", ONE, "bb", ONE);
    assertRefused("\"bb\"", "lacks it");
  }

  @Test
  void tensorThatTheIndexLacksIsNamed() throws IOException {
    shard(ONE, "a");
    shard(TWO, "bb", "ccc");
    index("a", ONE, "bb", TWO);
    assertRefused("\"ccc\"", "is not in");
  }

  @Test
  void tensorInTwoShardsIsNamed() throws IOException {
    shard(ONE, "a", "bb");
    shard(TWO, "bb");
    index("a", ONE, "bb", TWO);
    assertRefused("\"bb\"", ONE, TWO);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../model.safetensors",
        "/etc/model.safetensors",
        "a/model.safetensors",
        "..",
        "model.bin",
        "x\\\\y.safetensors"
      })
  void shardOutsideTheFolderIsRefused(String shard) throws IOException {
    index("a", shard);
    assertRefused("\"a\"", "beside the index");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "[]",
        "{}",
        "{\"weight_map\":[]}",
        "{\"weight_map\":{\"a\":1}}",
        "{\"weight_map\":{\"a\":\"b.safetensors\",\"a\":\"b.safetensors\"}}",
        "{\"weight_map\":{}} x"
      })
  void malformedIndexIsRefused(String json) throws IOException {
    Files.writeString(folder.resolve("model.safetensors.index.json"), json);
    assertRefused("model.safetensors.index.json");
  }

  @Test
  void whatIsMissingFromAFolderIsNamed() {
    shard("model.safetensors", "a");
    try (ModelFolder model = ModelFolder.open(folder)) {
      assertThatThrownBy(() -> model.read("c", manager))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("model.safetensors: has no tensor \"c\"");
      assertThatThrownBy(model::config).hasMessageContaining("config.json");
    }
    assertThatThrownBy(() -> ModelFolder.open(folder.resolve("none")))
        .hasMessageContaining("no such folder");
  }
}
