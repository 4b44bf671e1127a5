package io.rapd.nif.teacher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.rapd.core.checkpoint.CheckpointException;
import io.rapd.core.checkpoint.Damage;
import io.rapd.core.checkpoint.TensorType;
import io.rapd.core.torch.Precision;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.assertj.core.api.AbstractStringAssert;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Folders that are no teacher: refused by file, tensor and field before any weight is read. */
class TeacherFolderRefusalTest {
  @TempDir Path folder;
  private final NDManager manager = NDManager.newBaseManager();

  @AfterEach
  void close() {
    manager.close();
  }

  @ParameterizedTest
  @EnumSource
  void tensorsThatDoNotFitAreNamed(TeacherFolder network) {
    String tensor = network.tensor;
    Map<String, NDArray> weights = network.weights(manager);
    NDArray good = weights.remove(tensor);
    network.write(folder, weights, TensorType.F32);
    refused(network).contains("model.safetensors", tensor, "is missing");
    weights.put(tensor, manager.zeros(good.getShape(), DataType.INT32));
    network.write(folder, weights, TensorType.F32);
    refused(network)
        .contains("model.safetensors", tensor, "must be one of [F32, F16, BF16], got I32");
    weights.put(tensor, manager.zeros(new Shape(5)));
    network.write(folder, weights, TensorType.F32);
    refused(network)
        .contains("model.safetensors", tensor, "must be " + good.getShape() + ", got (5)");
    weights.put(tensor, good);
    weights.put("classifier.weight", manager.zeros(new Shape(5)));
    Path sharded = folder.resolve("sharded");
    network.writeShards(sharded, weights, TensorType.F32);
    refused(network, sharded)
        .contains("model-00001-of-00002.safetensors: tensor classifier.weight is not part of");
  }

  @ParameterizedTest
  @EnumSource(Damage.class)
  void damagedFilesAreRefused(Damage damage) {
    for (TeacherFolder network : TeacherFolder.values()) {
      Path one = folder.resolve(network + "-one");
      network.write(one, network.weights(manager), TensorType.F32);
      damage.apply(one.resolve("model.safetensors"), network.tensor);
      refused(network, one)
          .contains(one.resolve("model.safetensors").toString(), damage.message())
          .contains(damage.namesTensor() ? network.tensor : "");
    }
  }

  @ParameterizedTest
  @EnumSource
  void shardThatIsMissingIsNamed(TeacherFolder network) throws IOException {
    Path shard = network.writeShards(folder, network.weights(manager), TensorType.F32);
    Files.delete(shard);
    refused(network).contains(shard.toString(), "the shard is missing");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "DINOV2 | model_type | vit | must be dinov2 or dinov2_with_registers, got vit",
        "DINOV2 | use_swiglu_ffn | true | use_swiglu_ffn",
        "DINOV2 | hidden_act | relu | must be gelu, got relu",
        "DINOV2 | num_channels | 4 | num_channels",
        "DINOV2 | num_attention_heads | 5 | hidden_size (24) must be divisible",
        "DINOV2 | image_size | 57 | image_size (57) must be divisible by patch_size (14)",
        "DINOV2 | image_size | 2000000000 | must be an integer from 1 to 1048576, got 2000000000",
        "DINOV2 | num_hidden_layers | 1000000 | num_hidden_layers (1000000) must be 1 to 1000",
        "DINOV2 | num_hidden_layers | 0 | num_hidden_layers",
        "DINOV2 | num_hidden_layers | 3 | encoder.layer.2.norm1.weight (24) is missing",
        "DINOV2 | mlp_ratio | 2.5 | mlp_ratio",
        "DINOV2 | layer_norm_eps | -1 | layer_norm_eps",
        "DINOV2 | hidden_size | 48 | must be (48, 3, 14, 14), got (24, 3, 14, 14)",
        "DINOV2 | model_type | dinov2_with_registers | embeddings.register_tokens (1, 4, 24) is missing",
        "DINOV2_WITH_REGISTERS | model_type | dinov2 | register_tokens is not part of this model",
        "CLIP_VISION | model_type | siglip | must be clip or clip_vision_model, got siglip",
        "CLIP_VISION | model_type | clip | vision_config",
        "CLIP_VISION | hidden_act | relu | must be quick_gelu or gelu, got relu",
        "CLIP_VISION | patch_size | 28 | must be (24, 3, 28, 28), got (24, 3, 14, 14)",
        "CLIP_VISION | num_hidden_layers | 2147483647 | num_hidden_layers",
        "CLIP_VISION | layer_norm_eps | small | layer_norm_eps",
      })
  void configurationOfAnotherArchitectureIsRefused(
      TeacherFolder network, String field, String value, String message) {
    network.write(folder, network.weights(manager), TensorType.F32);
    ObjectNode config = network.config();
    if (value.equals("true")) {
      config.put(field, true);
    } else if (value.matches("-?[0-9.]+")) {
      config.put(field, new BigDecimal(value));
    } else {
      config.put(field, value);
    }
    TeacherFolder.writeConfig(folder, config.toString());
    refused(network).contains(folder.toString(), message);
  }

  @ParameterizedTest
  @EnumSource(names = {"DINOV2", "CLIP"})
  void damagedConfigurationIsNamed(TeacherFolder network) throws IOException {
    network.write(folder, network.weights(manager), TensorType.F32);
    for (String text : new String[] {"", "[]", "{", "null", "{}"}) {
      Files.writeString(folder.resolve("config.json"), text);
      refused(network).contains(folder.resolve("config.json").toString());
    }
    Files.delete(folder.resolve("config.json"));
    refused(network).contains(folder.resolve("config.json") + ": no such file");
  }

  @Test
  void missingFolderSaysHowToGetTheWeights() {
    Path none = folder.resolve("none");
    refused(TeacherFolder.DINOV2, none)
        .contains(
            none + ": no such folder", "hf download facebook/dinov2-base --local-dir " + none);
    refused(TeacherFolder.CLIP, none)
        .contains(none + ": no such folder", "hf download openai/clip-vit-base-patch16");
    TeacherFolder.writeConfig(none, TeacherFolder.DINOV2.config().toString());
    refused(TeacherFolder.DINOV2, none).contains(none + ": has neither model.safetensors nor");
  }

  private AbstractStringAssert<?> refused(TeacherFolder network) {
    return refused(network, folder);
  }

  private AbstractStringAssert<?> refused(TeacherFolder network, Path path) {
    int arrays = manager.getManagedArrays().size();
    var message =
        assertThatThrownBy(() -> network.load(path, Precision.FLOAT32, manager))
            .isInstanceOfAny(IllegalArgumentException.class, CheckpointException.class)
            .message()
            .doesNotContain("\n");
    assertThat(manager.getManagedArrays()).hasSize(arrays);
    return message;
  }
}
