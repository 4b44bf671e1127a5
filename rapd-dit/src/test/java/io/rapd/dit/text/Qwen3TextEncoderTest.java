package io.rapd.dit.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.checkpoint.CheckpointException;
import io.rapd.core.checkpoint.Damage;
import io.rapd.core.checkpoint.TensorType;
import io.rapd.core.fixture.Bfloat16Test;
import io.rapd.core.fixture.Fixture;
import io.rapd.core.nn.Weights;
import io.rapd.core.torch.Precision;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class Qwen3TextEncoderTest {
  private static final int TOKENS = 24;

  @TempDir Path folder;
  private final NDManager manager = NDManager.newBaseManager();

  @AfterEach
  void close() {
    manager.close();
  }

  /** Ids by the Python package tokenizers 0.23.3 from the same excerpt. */
  @Test
  void tokenIdsOfTheExcerptAreThoseOfTheReference() throws IOException {
    try (InputStream in = getClass().getResourceAsStream("/qwen3/tokenizer.json");
        PromptTokenizer tokenizer = PromptTokenizer.read(in.readAllBytes(), TOKENS, "excerpt")) {
      assertThat(tokenizer.encode("red apple")).containsExactly(265, 67, 264, 79, 79, 273);
      assertThat(tokenizer.encode("the rendering of a strong wind in the morning"))
          .containsExactly(
              83, 71, 68, 312, 303, 261, 287, 315, 264, 220, 267, 81, 263, 70, 289, 258, 67, 304,
              279, 296, 269, 77, 287);
      assertThat(tokenizer.encode("")).isEmpty();
      assertThat(tokenizer.encode("a \uD83C\uDF4E on a plate"))
          .containsExactly(64, 220, 172, 253, 235, 236, 220, 263, 264, 281, 75, 266, 68);
      assertThat(tokenizer.encode("<|im_end|> 12")).containsExactly(318, 220, 16, 17);
      assertThat(tokenizer.encode("x".repeat(10_000))).hasSize(TOKENS).containsOnly(87);
    }
  }

  /** Ids by the Python package tokenizers 0.23.3 from the whole file. */
  @Test
  @EnabledIfSystemProperty(
      named = "rapd.qwen3.tokenizer",
      matches = ".+",
      disabledReason = "names the published tokenizer.json, which is too large to ship")
  void tokenIdsOfThePublishedFileAreThoseOfTheReference() throws IOException {
    byte[] json = Files.readAllBytes(Path.of(System.getProperty("rapd.qwen3.tokenizer")));
    byte[] settings = "{\"pad_token\": \"<|endoftext|>\"}".getBytes(StandardCharsets.UTF_8);
    assertThat(Qwen3Vocabulary.read(json, settings, "published"))
        .isEqualTo(new Qwen3Vocabulary(151668, 151643));
    try (PromptTokenizer tokenizer = PromptTokenizer.read(json, 128, "published")) {
      assertThat(tokenizer.encode("red apple")).containsExactly(1151, 23268);
      assertThat(tokenizer.encode("the rendering of a strong wind in the morning"))
          .containsExactly(1782, 20898, 315, 264, 3746, 9956, 304, 279, 6556);
      assertThat(tokenizer.encode("a \uD83C\uDF4E on a plate"))
          .containsExactly(64, 11162, 235, 236, 389, 264, 11968);
      assertThat(tokenizer.encode("\u00DCn\u00EFcode\n\n  twice"))
          .containsExactly(52491, 77, 37572, 1851, 271, 220, 10917);
      assertThat(tokenizer.encode("<|im_end|> 12")).containsExactly(151645, 220, 16, 17);
      assertThat(tokenizer.encode("a ".repeat(5000))).hasSize(128);
    }
  }

  @Test
  void batchAgreesWithSinglePromptsAndBitsRepeat() {
    Qwen3Folder.write(folder, "model.", TensorType.F32);
    try (Qwen3TextEncoder encoder = open(Precision.FLOAT32)) {
      List<String> prompts = new ArrayList<>(List.of("red apple", "", "the \uD83C\uDF4E", "a, b"));
      for (int i = 0; i < 20; i++) {
        prompts.add("prompt number " + i);
      }
      float[] batch = states(encoder, prompts);
      assertThat(states(encoder, prompts)).isEqualTo(batch);
      int size = TOKENS * encoder.width();
      for (int b : new int[] {0, 1, 2, 3, 20}) {
        Fixture.assertClose(
            prompts.get(b),
            Arrays.copyOfRange(batch, b * size, (b + 1) * size),
            states(encoder, prompts.subList(b, b + 1)),
            1e-5);
      }
      assertThat(states(encoder, List.of("red apple")))
          .isEqualTo(states(encoder, List.of("red apple")));
    }
  }

  @Test
  void emptyAndLongPromptsHaveFiniteStatesAndTheirMask() {
    Qwen3Folder.write(folder, "model.", TensorType.F32);
    try (Qwen3TextEncoder encoder = open(Precision.FLOAT32);
        NDArray states = encoder.encode(List.of("", "red apple", "x".repeat(10_000)), manager)) {
      assertThat(states.getShape()).isEqualTo(new Shape(3, TOKENS, encoder.width()));
      assertThat(states.getManager()).isEqualTo(manager);
      for (float value : states.toFloatArray()) {
        assertThat(value).isFinite();
      }
    }
  }

  @Bfloat16Test
  void prefixedBareHalfAndBfloat16FilesGiveTheSameStates() throws IOException {
    Path whole = Qwen3Folder.write(folder.resolve("whole"), "model.", TensorType.F32, withHead());
    Path bare = Qwen3Folder.write(folder.resolve("bare"), "", TensorType.F32);
    Path half = Qwen3Folder.write(folder.resolve("half"), "model.", TensorType.F16);
    Path brain = Qwen3Folder.write(folder.resolve("brain"), "model.", TensorType.BF16);
    List<String> prompts = List.of("red apple", "");
    try (Qwen3TextEncoder first = open(whole, Precision.FLOAT32);
        Qwen3TextEncoder second = open(bare, Precision.FLOAT32);
        Qwen3TextEncoder third = open(half, Precision.FLOAT32);
        Qwen3TextEncoder fourth = open(brain, Precision.FLOAT32);
        Qwen3TextEncoder fifth = open(brain, Precision.BFLOAT16);
        Qwen3TextEncoder sixth = open(whole, Precision.BFLOAT16)) {
      float[] exact = states(first, prompts);
      assertThat(states(second, prompts)).isEqualTo(exact);
      Fixture.assertClose("F16", states(third, prompts), exact, 0.005);
      Fixture.assertClose("BF16", states(fourth, prompts), exact, 0.05);
      Fixture.assertClose("bfloat16", states(fifth, prompts), exact, 0.05);
      Fixture.assertClose("cast to bfloat16", states(sixth, prompts), exact, 0.05);
      assertThat(first.provenance()).isEqualTo(second.provenance());
      assertThat(first.provenance()).startsWith("Qwen3 width ").endsWith(TOKENS + " tokens");
    }
  }

  @Test
  void encodingLeavesNothingInTheCallersManager() {
    Qwen3Folder.write(folder, "model.", TensorType.F32);
    try (Qwen3TextEncoder encoder = open(Precision.FLOAT32)) {
      int before = manager.getManagedArrays().size();
      for (int i = 0; i < 3; i++) {
        try (NDArray states = encoder.encode(List.of("a", "b"), manager)) {
          assertThat(manager.getManagedArrays()).hasSize(before + 1);
        }
      }
      assertThat(manager.getManagedArrays()).hasSize(before);
      encoder.close();
      encoder.close();
      assertThatThrownBy(() -> encoder.encode(List.of("a"), manager))
          .isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void tensorsThatDoNotFitAreNamed() {
    String norm = "model.layers.1.self_attn.q_norm.weight";
    refused((weights, owner) -> weights.remove(norm), norm, "missing");
    refused(
        (weights, owner) -> weights.put("model.other.weight", owner.ones(new Shape(2))),
        "model.other.weight",
        "not part of this model");
    refused(
        (weights, owner) -> weights.put("visual.weight", owner.ones(new Shape(2))),
        "visual.weight",
        "not part of this model");
    refused((weights, owner) -> weights.put(norm, owner.ones(new Shape(3))), norm, "(3)");
    String embedding = "model.embed_tokens.weight";
    refused((weights, owner) -> weights.put(embedding, owner.ones(new Shape(3))), embedding, "(3)");
    refused((weights, owner) -> weights.remove(embedding), "embed_tokens.weight", "missing");
    refused(
        (weights, owner) ->
            weights.put(norm, owner.zeros(weights.get(norm).getShape(), DataType.INT64)),
        norm,
        "I64");
  }

  @ParameterizedTest
  @EnumSource
  void damagedWeightsAreRefused(Damage damage) {
    String tensor = "model.layers.1.mlp.up_proj.weight";
    Qwen3Folder.write(folder, "model.", TensorType.F32);
    damage.apply(folder.resolve("model.safetensors"), tensor);
    assertThatThrownBy(() -> open(Precision.FLOAT32))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(folder.resolve("model.safetensors").toString())
        .hasMessageContaining(damage.namesTensor() ? tensor : "")
        .hasMessageContaining(damage.message());
  }

  @Test
  void shardsGiveTheSameStatesAndAMissingOneIsNamed() throws IOException {
    Path whole = Qwen3Folder.write(folder.resolve("whole"), "model.", TensorType.F32);
    Path shards = Qwen3Folder.write(folder.resolve("shards"), "model.", TensorType.F32);
    Path head = Qwen3Folder.moveToShards(shards, manager);
    List<String> prompts = List.of("red apple");
    try (Qwen3TextEncoder one = open(whole, Precision.FLOAT32);
        Qwen3TextEncoder two = open(shards, Precision.FLOAT32)) {
      assertThat(states(two, prompts)).isEqualTo(states(one, prompts));
      assertThat(two.provenance()).isEqualTo(one.provenance());
    }
    Files.delete(head);
    assertThatThrownBy(() -> open(shards, Precision.FLOAT32))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(head + ": the shard is missing");
  }

  /** The rows of each prompt are read from the file, so that the table takes no memory. */
  @Test
  void theEmbeddingStaysInItsFile() throws IOException {
    Qwen3Folder.write(folder, "model.", TensorType.F32);
    Path weights = folder.resolve("model.safetensors");
    try (Qwen3TextEncoder encoder = open(Precision.FLOAT32);
        RandomAccessFile file = new RandomAccessFile(weights.toFile(), "rw")) {
      float[] before = states(encoder, List.of("red apple"));
      assertThat(states(encoder, List.of("red apple"))).isEqualTo(before);
      file.setLength(100);
      assertThatThrownBy(() -> states(encoder, List.of("red apple")))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining(weights.toString());
    }
  }

  @Test
  void configOfAnotherArchitectureIsRefused() throws IOException {
    Qwen3Folder.write(folder, "model.", TensorType.F32);
    Path config = folder.resolve("config.json");
    Files.writeString(config, Qwen3Folder.config().put("model_type", "qwen2").toString());
    assertThatThrownBy(() -> open(Precision.FLOAT32))
        .hasMessageContaining(config + ": model_type must be qwen3, got qwen2");
    int layers = Qwen3Folder.config().get("num_hidden_layers").asInt();
    Files.writeString(config, Qwen3Folder.config().put("num_hidden_layers", layers + 1).toString());
    assertThatThrownBy(() -> open(Precision.FLOAT32))
        .hasMessageContaining("model.safetensors: tensor model.layers." + layers)
        .hasMessageContaining("is missing");
    Files.writeString(
        config, Qwen3Folder.config().put("num_hidden_layers", Integer.MAX_VALUE).toString());
    assertThatThrownBy(() -> open(Precision.FLOAT32))
        .hasMessageContaining(config + ": num_hidden_layers must be 1 to");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"model\": {\"vocab\": {\"a\": null}}}",
        "{\"model\": {\"vocab\": {\"a\": -1}}}",
        "{\"model\": {\"vocab\": {\"a\": 1e30}}}",
        "{\"model\": {\"vocab\": {}}, \"added_tokens\": [null]}",
        "{\"model\": {\"vocab\": {}}, \"added_tokens\": [{\"id\": 3}]}",
        "{\"model\": {\"vocab\": []}}",
        "null",
      })
  void malformedVocabularyIsNamed(String json) throws IOException {
    Qwen3Folder.write(folder, "model.", TensorType.F32);
    Files.writeString(folder.resolve("tokenizer.json"), json);
    assertThatThrownBy(() -> open(Precision.FLOAT32))
        .isInstanceOf(IllegalArgumentException.class)
        .message()
        .contains(folder.resolve("tokenizer.json").toString())
        .doesNotContain("\n");
  }

  @Test
  void vocabularyBeyondTheEmbeddingIsRefused() throws IOException {
    Qwen3Folder.write(folder, "model.", TensorType.F32);
    Files.writeString(
        folder.resolve("config.json"), Qwen3Folder.config().put("vocab_size", 318).toString());
    assertThatThrownBy(() -> open(Precision.FLOAT32))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("tokenizer.json: token ids reach 318")
        .hasMessageContaining("embed_tokens.weight has 318 rows");
  }

  @Test
  void missingAndDamagedFilesAreNamed() throws IOException {
    assertThatThrownBy(() -> open(folder.resolve("none"), Precision.FLOAT32))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("none: no such folder")
        .hasMessageContaining("hf download Qwen/Qwen3-1.7B");
    for (String name : List.of("config.json", "tokenizer.json", "tokenizer_config.json")) {
      Qwen3Folder.write(folder, "model.", TensorType.F32);
      Files.writeString(folder.resolve(name), "{");
      assertThatThrownBy(() -> open(Precision.FLOAT32))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(folder.resolve(name).toString());
      Files.writeString(folder.resolve(name), "{}");
      assertThatThrownBy(() -> open(Precision.FLOAT32))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(folder.resolve(name).toString());
      Files.delete(folder.resolve(name));
      assertThatThrownBy(() -> open(Precision.FLOAT32))
          .hasMessageContaining(folder.resolve(name) + ": no such file");
    }
    Qwen3Folder.write(folder, "model.", TensorType.F32);
    Files.delete(folder.resolve("model.safetensors"));
    assertThatThrownBy(() -> open(Precision.FLOAT32)).hasMessageContaining("model.safetensors");
  }

  @Test
  void lengthsOutOfRangeAreRefused() {
    Qwen3Folder.write(folder, "model.", TensorType.F32);
    for (int tokens : new int[] {0, -1, 1_000_000}) {
      assertThatThrownBy(
              () ->
                  Qwen3TextEncoder.open(
                      folder, tokens, Precision.FLOAT32, Weights.FULL, Device.cpu()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("text.maxTokens must be 1 to");
    }
  }

  private void refused(
      BiConsumer<Map<String, NDArray>, NDManager> change, String tensor, String reason) {
    Qwen3Folder.write(folder, "model.", TensorType.F32, change);
    assertThatThrownBy(() -> open(Precision.FLOAT32))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(folder.toString())
        .hasMessageContaining(tensor)
        .hasMessageContaining(reason);
  }

  private static BiConsumer<Map<String, NDArray>, NDManager> withHead() {
    return (weights, owner) -> weights.put("lm_head.weight", owner.ones(new Shape(2, 2)));
  }

  private Qwen3TextEncoder open(Precision precision) {
    return open(folder, precision);
  }

  private static Qwen3TextEncoder open(Path from, Precision precision) {
    return Qwen3TextEncoder.open(from, TOKENS, precision, Weights.FULL, Device.cpu());
  }

  private float[] states(TextEncoder encoder, List<String> prompts) {
    try (NDArray states = encoder.encode(prompts, manager)) {
      return states.toFloatArray();
    }
  }
}
