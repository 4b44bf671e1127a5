package io.rapd.nif.teacher;

import static io.rapd.core.text.Messages.message;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.rapd.core.checkpoint.SafetensorsOutput;
import io.rapd.core.checkpoint.TensorType;
import io.rapd.core.nn.Module;
import io.rapd.core.torch.Precision;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/** Writes small networks with random weights as their publishers lay the folders out. */
public enum TeacherFolder {
  DINOV2(
      """
      {"architectures": ["Dinov2Model"], "attention_probs_dropout_prob": 0.0,
       "drop_path_rate": 0.0, "hidden_act": "gelu", "hidden_dropout_prob": 0.0, "hidden_size": 24,
       "image_size": 56, "initializer_range": 0.02, "layer_norm_eps": 1e-06,
       "layerscale_value": 1.0, "mlp_ratio": 4, "model_type": "dinov2", "num_attention_heads": 3,
       "num_channels": 3, "num_hidden_layers": 2, "patch_size": 14, "qkv_bias": true,
       "torch_dtype": "float32", "transformers_version": "4.31.0", "use_swiglu_ffn": false}
      """,
      "encoder.layer.1.mlp.fc1.bias"),
  DINOV2_WITH_REGISTERS(
      """
      {"architectures": ["Dinov2WithRegistersModel"], "attention_probs_dropout_prob": 0.0,
       "drop_path_rate": 0.0, "hidden_act": "gelu", "hidden_dropout_prob": 0.0, "hidden_size": 24,
       "image_size": 56, "initializer_range": 0.02, "layer_norm_eps": 1e-06,
       "layerscale_value": 1.0, "mlp_ratio": 4, "model_type": "dinov2_with_registers",
       "num_attention_heads": 3, "num_channels": 3, "num_hidden_layers": 2,
       "num_register_tokens": 3, "out_features": ["stage2"], "out_indices": [2], "patch_size": 14,
       "qkv_bias": true, "torch_dtype": "float32", "use_swiglu_ffn": false}
      """,
      "encoder.layer.0.layer_scale2.lambda1"),
  CLIP_VISION(
      """
      {"architectures": ["CLIPVisionModel"], "attention_dropout": 0.0, "hidden_act": "quick_gelu",
       "hidden_size": 24, "image_size": 56, "initializer_factor": 1.0, "intermediate_size": 40,
       "layer_norm_eps": 1e-05, "model_type": "clip_vision_model", "num_attention_heads": 3,
       "num_channels": 3, "num_hidden_layers": 2, "patch_size": 14, "projection_dim": 16}
      """,
      "vision_model.encoder.layers.1.self_attn.k_proj.bias"),
  CLIP(
      """
      {"architectures": ["CLIPModel"], "initializer_factor": 1.0, "logit_scale_init_value": 2.6592,
       "model_type": "clip", "projection_dim": 16, "text_config": {"hidden_size": 16},
       "vision_config": {"hidden_size": 24, "image_size": 56, "intermediate_size": 40,
         "num_attention_heads": 3, "num_hidden_layers": 2, "patch_size": 14, "vocab_size": 49408}}
      """,
      "vision_model.pre_layrnorm.weight");

  private final String config;

  /** One of the network's tensors, neither the first nor the last of a file. */
  final String tensor;

  TeacherFolder(String config, String tensor) {
    this.config = config;
    this.tensor = tensor;
  }

  ObjectNode config() {
    try {
      return (ObjectNode) new ObjectMapper().readTree(config);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  SemanticTeacher load(Path folder, Precision precision, NDManager manager) {
    return switch (this) {
      case DINOV2, DINOV2_WITH_REGISTERS ->
          Dinov2Teacher.load(folder, PositionInterpolation.ORIGINAL, precision, manager);
      case CLIP_VISION, CLIP -> ClipTeacher.load(folder, precision, manager);
    };
  }

  /** Everything that a publisher's file holds, the parts that are not needed here included. */
  public Map<String, NDArray> weights(NDManager manager) {
    HubConfig config = new HubConfig(name(), config());
    return switch (this) {
      case DINOV2, DINOV2_WITH_REGISTERS -> {
        Map<String, NDArray> weights =
            random(
                new Dinov2(
                    Dinov2Config.of(config), PositionInterpolation.ORIGINAL, Precision.FLOAT32),
                manager);
        weights.put("embeddings.mask_token", manager.zeros(new Shape(1, 24)));
        yield weights;
      }
      case CLIP_VISION ->
          random(new ClipVision(ClipVisionConfig.of(config), Precision.FLOAT32), manager);
      case CLIP -> {
        Map<String, NDArray> weights =
            random(new ClipVision(ClipVisionConfig.of(config), Precision.FLOAT32), manager);
        weights.put("logit_scale", manager.create(4.6f));
        weights.put("text_projection.weight", manager.ones(new Shape(16, 16)));
        weights.put("visual_projection.weight", manager.ones(new Shape(16, 24)));
        weights.put("text_model.final_layer_norm.bias", manager.ones(new Shape(16)));
        weights.put(
            "vision_model.embeddings.position_ids",
            manager.arange(0, 17, 1, DataType.INT64).reshape(1, 17));
        yield weights;
      }
    };
  }

  private static Map<String, NDArray> random(Module network, NDManager manager) {
    Map<String, NDArray> weights = new TreeMap<>();
    Random random = new Random(7);
    network
        .parameters()
        .forEach(
            (name, parameter) -> {
              boolean scale = name.matches(".*norm\\d?\\.weight|.*lambda1");
              float[] values = new float[(int) parameter.shape().size()];
              for (int i = 0; i < values.length; i++) {
                values[i] = (float) (0.1 * random.nextGaussian()) + (scale ? 1 : 0);
              }
              weights.put(name, manager.create(values, parameter.shape()));
            });
    return weights;
  }

  /** A folder of one weights file. */
  public Path write(Path folder, Map<String, NDArray> weights, TensorType type) {
    writeConfig(folder, config().toString());
    output(weights, type).writeTo(folder.resolve("model.safetensors"));
    return folder;
  }

  /** A folder of two shards and their index; the second shard is returned. */
  Path writeShards(Path folder, Map<String, NDArray> weights, TensorType type) {
    writeConfig(folder, config().toString());
    List<String> names = new ArrayList<>(weights.keySet());
    ObjectNode index = new ObjectMapper().createObjectNode();
    index.putObject("metadata").put("total_size", 1);
    ObjectNode map = index.putObject("weight_map");
    Path shard = folder;
    for (int i = 0; i < 2; i++) {
      String file = message("model-%05d-of-00002.safetensors", i + 1);
      Map<String, NDArray> part = new TreeMap<>();
      int half = names.size() / 2;
      for (String name : i == 0 ? names.subList(0, half) : names.subList(half, names.size())) {
        part.put(name, weights.get(name));
        map.put(name, file);
      }
      shard = folder.resolve(file);
      output(part, type).writeTo(shard);
    }
    writeText(folder.resolve("model.safetensors.index.json"), index.toString());
    return shard;
  }

  static void writeConfig(Path folder, String json) {
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    writeText(folder.resolve("config.json"), json);
  }

  private static SafetensorsOutput output(Map<String, NDArray> weights, TensorType type) {
    SafetensorsOutput output = new SafetensorsOutput();
    weights.forEach(
        (name, array) -> {
          if (array.getDataType().isFloating()) {
            output.add(name, array, type);
          } else {
            output.add(name, array);
          }
        });
    return output.metadata("format", "pt");
  }

  private static void writeText(Path file, String text) {
    try {
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
