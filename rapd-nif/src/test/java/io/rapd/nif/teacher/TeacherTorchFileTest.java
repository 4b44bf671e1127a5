package io.rapd.nif.teacher;

import static io.rapd.core.text.Messages.message;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import io.rapd.core.checkpoint.CheckpointException;
import io.rapd.core.checkpoint.TensorType;
import io.rapd.core.checkpoint.torch.PublishedWeights;
import io.rapd.core.checkpoint.torch.TorchSave;
import io.rapd.core.fixture.Fixture;
import io.rapd.core.fixture.FixtureArrays;
import io.rapd.core.torch.GradMode;
import io.rapd.core.torch.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Teachers from files of torch.save, under Hugging Face's names and the original's. */
class TeacherTorchFileTest {
  @TempDir Path folder;
  private final NDManager manager = NDManager.newBaseManager();

  @AfterEach
  void close() {
    manager.close();
  }

  @ParameterizedTest
  @EnumSource
  void hubFoldersWithOnlyBinFilesGiveTheBitsOfSafetensors(TeacherFolder network)
      throws IOException {
    Map<String, NDArray> weights = new TreeMap<>(network.weights(manager));
    // torch.save of these tests writes floats alone; the table of indices is not needed.
    weights.remove("vision_model.embeddings.position_ids");
    Path safetensors = network.write(folder.resolve("safetensors"), weights, TensorType.F32);
    Path bin = Files.createDirectory(folder.resolve("bin"));
    TeacherFolder.writeConfig(bin, network.config().toString());
    TorchSave.zip(bin.resolve("pytorch_model.bin"), weights);
    Path shards = Files.createDirectory(folder.resolve("shards"));
    TeacherFolder.writeConfig(shards, network.config().toString());
    StringBuilder map = new StringBuilder();
    for (int i = 0; i < 2; i++) {
      Map<String, NDArray> part = new TreeMap<>();
      String name = "pytorch_model-0000" + (i + 1) + "-of-00002.bin";
      int number = 0;
      for (String tensor : weights.keySet()) {
        if (number++ % 2 == i) {
          part.put(tensor, weights.get(tensor));
          map.append(map.isEmpty() ? "" : ",").append('"').append(tensor).append("\":\"");
          map.append(name).append('"');
        }
      }
      TorchSave.legacy(shards.resolve(name), part);
    }
    Path index = shards.resolve("pytorch_model.bin.index.json");
    Files.writeString(index, "{\"weight_map\":{" + map + "}}");
    NDArray images = manager.randomUniform(-1, 1, new Shape(1, 3, 28, 42));
    float[] expected = tokens(network, safetensors, images);
    assertThat(tokens(network, bin, images)).isEqualTo(expected);
    assertThat(tokens(network, shards, images)).isEqualTo(expected);

    Files.delete(shards.resolve("pytorch_model-00002-of-00002.bin"));
    assertThatThrownBy(() -> tokens(network, shards, images))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("pytorch_model-00002-of-00002.bin: the shard is missing");
  }

  private float[] tokens(TeacherFolder network, Path path, NDArray images) {
    try (SemanticTeacher teacher = network.load(path, Precision.FLOAT32, manager)) {
      return teacher.patchTokens(images).toFloatArray();
    }
  }

  /** The fixture's weights under the original's names give the tokens that the original gives. */
  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "BFLOAT16"})
  void originalNamesGiveTheTokensOfTheOriginal(Precision precision) {
    Fixture fixture = Fixture.load("dinov2");
    FixtureArrays arrays = new FixtureArrays(fixture, manager);
    JsonNode sizes = fixture.config();
    Dinov2Config config =
        new Dinov2Config(
            sizes.get("hidden_size").asInt(),
            sizes.get("num_hidden_layers").asInt(),
            sizes.get("num_attention_heads").asInt(),
            sizes.get("patch_size").asInt(),
            sizes.get("image_size").asInt(),
            sizes.get("mlp_ratio").asInt(),
            sizes.get("layer_norm_eps").asDouble(),
            0);
    Dinov2 network = new Dinov2(config, PositionInterpolation.ORIGINAL, precision);
    Path file = TorchSave.zip(folder.resolve("d.pth"), original(arrays.weights()));
    try (PublishedWeights source = PublishedWeights.open(file);
        GradMode frozen = GradMode.disabled()) {
      network.load(
          new Dinov2Original(source),
          "",
          name -> name.equals("embeddings.mask_token"),
          precision,
          manager);
      double tolerance = precision == Precision.FLOAT32 ? 5e-5 : 0.05;
      NDArray tokens = network.patchTokens(arrays.array("in.pixels"));
      arrays.assertClose("out.patch_tokens", tokens, tolerance);
    }
  }

  @ParameterizedTest
  @CsvSource({"0", "4"})
  void aFileOfTheOriginalRepositoryIsATeacherWithSizesFromItsShapes(int registers)
      throws IOException {
    Dinov2Config config = new Dinov2Config(128, 2, 2, 14, 70, 4, 1e-6, registers);
    Dinov2 random = new Dinov2(config, PositionInterpolation.ORIGINAL, Precision.FLOAT32);
    random.initialize(manager, 5);
    Map<String, NDArray> weights = new TreeMap<>(random.values());
    weights.put("embeddings.mask_token", manager.zeros(new Shape(1, 128)));
    Path hub = Files.createDirectory(folder.resolve("hub"));
    TeacherFolder.writeConfig(
        hub,
        message(
            """
        {"model_type": "%s", "hidden_size": 128, "num_hidden_layers": 2,
         "num_attention_heads": 2, "patch_size": 14, "image_size": 70, "num_register_tokens": 4}
        """,
            registers == 0 ? "dinov2" : "dinov2_with_registers"));
    TorchSave.zip(hub.resolve("pytorch_model.bin"), weights);
    Path file = folder.resolve("dinov2_vitb14_pretrain.pth");
    TorchSave.legacy(file, original(weights));
    NDArray images = manager.randomUniform(-1, 1, new Shape(1, 3, 28, 42));
    TeacherFolder network = TeacherFolder.DINOV2;
    assertThat(tokens(network, file, images)).isEqualTo(tokens(network, hub, images));
    try (SemanticTeacher teacher = network.load(file, Precision.FLOAT32, manager)) {
      assertThat(teacher.width()).isEqualTo(128);
      assertThat(teacher.name()).contains("dinov2_vitb14_pretrain.pth", "2 blocks", "patch 14");
    }
  }

  @Test
  void otherNetworksAreRefusedByTheFirstTensorThatDoesNotFit() {
    Dinov2Config config = new Dinov2Config(64, 1, 1, 14, 28, 4, 1e-6, 0);
    Dinov2 random = new Dinov2(config, PositionInterpolation.ORIGINAL, Precision.FLOAT32);
    random.initialize(manager, 5);
    Map<String, NDArray> weights = new TreeMap<>(original(random.values()));
    refuses(weights, "blocks.0.attn.qkv.weight", new Shape(192, 32), "(blocks.0.attn.qkv.weight)");
    refuses(weights, "blocks.0.mlp.w12.weight", new Shape(192, 32), "ViT-g");
    refuses(weights, "head.weight", new Shape(3), "head.weight is not part of this model");
    refuses(weights, "pos_embed", new Shape(1, 7, 64), "are not DINOv2's");
    Path other = folder.resolve("other.pth");
    TorchSave.zip(other, Map.of("conv1.weight", manager.ones(new Shape(2))));
    assertThatThrownBy(() -> TeacherFolder.DINOV2.load(other, Precision.FLOAT32, manager))
        .hasMessageContaining("other.pth: tensor patch_embed.proj.weight is missing");
  }

  private void refuses(Map<String, NDArray> weights, String name, Shape shape, String message) {
    Map<String, NDArray> changed = new TreeMap<>(weights);
    changed.put(name, manager.ones(shape));
    Path file = TorchSave.zip(folder.resolve("changed.pth"), changed);
    assertThatThrownBy(() -> TeacherFolder.DINOV2.load(file, Precision.FLOAT32, manager))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("changed.pth")
        .hasMessageContaining(message);
  }

  /** Hugging Face's conversion of DINOv2, backwards. */
  private static Map<String, NDArray> original(Map<String, NDArray> weights) {
    Map<String, NDArray> original = new TreeMap<>();
    weights.forEach(
        (name, array) -> {
          String renamed =
              name.replace("embeddings.patch_embeddings.projection", "patch_embed.proj")
                  .replace("embeddings.position_embeddings", "pos_embed")
                  .replace("embeddings.", "")
                  .replace("encoder.layer.", "blocks.")
                  .replace("attention.output.dense", "attn.proj")
                  .replaceAll("layer_scale(\\d)\\.lambda1", "ls$1.gamma")
                  .replaceAll("^layernorm", "norm");
          if (name.contains(".query.")) {
            NDArray key = weights.get(name.replace(".query.", ".key."));
            NDArray value = weights.get(name.replace(".query.", ".value."));
            original.put(
                renamed.replace("attention.attention.query", "attn.qkv"),
                array.concat(key, 0).concat(value, 0));
          } else if (!name.contains("attention.attention.")) {
            original.put(renamed, array);
          }
        });
    return original;
  }
}
