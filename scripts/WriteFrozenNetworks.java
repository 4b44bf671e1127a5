import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes Qwen3-1.7B and DINOv2 ViT-B/14 at full size with random weights, as Hugging Face publishes
 * them, in float32 and in bfloat16: to measure loading and speed without a download. Arguments: the
 * output folder, the folder that holds Qwen3's tokenizer.json and tokenizer_config.json, and
 * optionally the name of one of the four folders, such as qwen3-1.7b-bfloat16, to write only that.
 *
 * <p>Tensors are listed here by name and shape, not taken from the networks that will load them.
 */
public final class WriteFrozenNetworks {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Qwen's own limit: 1.7B in bfloat16 is one shard of 3.4 GB and one that holds the head. */
  private static final long SHARD_BYTES = 4_000_000_000L;

  private static final int BUFFER_BYTES = 1 << 23;

  private enum Type {
    F32,
    BF16;

    int bytes() {
      return this == F32 ? 4 : 2;
    }
  }

  private record Tensor(String name, float center, float deviation, long... shape) {
    long elements() {
      long elements = 1;
      for (long size : shape) {
        elements *= size;
      }
      return elements;
    }
  }

  public static void main(String[] args) throws IOException {
    if (args.length < 2 || args.length > 3) {
      throw new IllegalArgumentException("expected: OUTPUT TOKENIZER_FOLDER [NETWORK]");
    }
    for (Type type : Type.values()) {
      String suffix = type == Type.F32 ? "-float32" : "-bfloat16";
      if (args.length == 2 || args[2].equals("qwen3-1.7b" + suffix)) {
        writeQwen3(Path.of(args[0], "qwen3-1.7b" + suffix), Path.of(args[1]), type);
      }
      if (args.length == 2 || args[2].equals("dinov2-base" + suffix)) {
        Path dino = Files.createDirectories(Path.of(args[0], "dinov2-base" + suffix));
        Files.writeString(dino.resolve("config.json"), DINOV2_CONFIG);
        writeFile(dino.resolve("model.safetensors"), dinov2(), type);
      }
    }
  }

  private static void writeQwen3(Path qwen, Path tokenizer, Type type) throws IOException {
    Files.createDirectories(qwen);
    for (String name : List.of("tokenizer.json", "tokenizer_config.json")) {
      Files.copy(
          tokenizer.resolve(name), qwen.resolve(name), StandardCopyOption.REPLACE_EXISTING);
    }
    Files.writeString(qwen.resolve("config.json"), QWEN3_CONFIG);
    writeShards(qwen, qwen3(), type);
  }

  private static List<Tensor> qwen3() {
    int width = 2048;
    int inner = 6144;
    int head = 128;
    List<Tensor> tensors = new ArrayList<>();
    tensors.add(matrix("model.embed_tokens.weight", 151936, width));
    for (int i = 0; i < 28; i++) {
      String layer = "model.layers." + i + ".";
      tensors.add(norm(layer + "input_layernorm.weight", width));
      tensors.add(matrix(layer + "mlp.down_proj.weight", width, inner));
      tensors.add(matrix(layer + "mlp.gate_proj.weight", inner, width));
      tensors.add(matrix(layer + "mlp.up_proj.weight", inner, width));
      tensors.add(norm(layer + "post_attention_layernorm.weight", width));
      tensors.add(norm(layer + "self_attn.k_norm.weight", head));
      tensors.add(matrix(layer + "self_attn.k_proj.weight", 8 * head, width));
      tensors.add(matrix(layer + "self_attn.o_proj.weight", width, 16 * head));
      tensors.add(norm(layer + "self_attn.q_norm.weight", head));
      tensors.add(matrix(layer + "self_attn.q_proj.weight", 16 * head, width));
      tensors.add(matrix(layer + "self_attn.v_proj.weight", 8 * head, width));
    }
    tensors.add(norm("model.norm.weight", width));
    tensors.add(matrix("lm_head.weight", 151936, width));
    return tensors;
  }

  private static List<Tensor> dinov2() {
    int width = 768;
    List<Tensor> tensors = new ArrayList<>();
    tensors.add(matrix("embeddings.cls_token", 1, 1, width));
    tensors.add(matrix("embeddings.mask_token", 1, width));
    tensors.add(bias("embeddings.patch_embeddings.projection.bias", width));
    tensors.add(matrix("embeddings.patch_embeddings.projection.weight", width, 3, 14, 14));
    tensors.add(matrix("embeddings.position_embeddings", 1, 1 + 37 * 37, width));
    for (int i = 0; i < 12; i++) {
      String layer = "encoder.layer." + i + ".";
      for (String part : List.of("key", "query", "value")) {
        tensors.add(bias(layer + "attention.attention." + part + ".bias", width));
        tensors.add(matrix(layer + "attention.attention." + part + ".weight", width, width));
      }
      tensors.add(bias(layer + "attention.output.dense.bias", width));
      tensors.add(matrix(layer + "attention.output.dense.weight", width, width));
      tensors.add(norm(layer + "layer_scale1.lambda1", width));
      tensors.add(norm(layer + "layer_scale2.lambda1", width));
      tensors.add(bias(layer + "mlp.fc1.bias", 4 * width));
      tensors.add(matrix(layer + "mlp.fc1.weight", 4 * width, width));
      tensors.add(bias(layer + "mlp.fc2.bias", width));
      tensors.add(matrix(layer + "mlp.fc2.weight", width, 4 * width));
      for (String part : List.of("norm1", "norm2")) {
        tensors.add(bias(layer + part + ".bias", width));
        tensors.add(norm(layer + part + ".weight", width));
      }
    }
    tensors.add(bias("layernorm.bias", width));
    tensors.add(norm("layernorm.weight", width));
    return tensors;
  }

  private static Tensor matrix(String name, long... shape) {
    return new Tensor(name, 0, 0.02f, shape);
  }

  private static Tensor bias(String name, long size) {
    return new Tensor(name, 0, 0.02f, size);
  }

  private static Tensor norm(String name, long size) {
    return new Tensor(name, 1, 0.1f, size);
  }

  private static void writeShards(Path folder, List<Tensor> tensors, Type type)
      throws IOException {
    List<List<Tensor>> shards = new ArrayList<>();
    long total = 0;
    long room = 0;
    for (Tensor tensor : tensors) {
      long bytes = tensor.elements() * type.bytes();
      if (bytes > room) {
        shards.add(new ArrayList<>());
        room = SHARD_BYTES;
      }
      shards.get(shards.size() - 1).add(tensor);
      room -= bytes;
      total += bytes;
    }
    ObjectNode index = JSON.createObjectNode();
    index.putObject("metadata").put("total_size", total);
    ObjectNode map = index.putObject("weight_map");
    for (int i = 0; i < shards.size(); i++) {
      String name = "model-%05d-of-%05d.safetensors".formatted(i + 1, shards.size());
      shards.get(i).forEach(tensor -> map.put(tensor.name, name));
      writeFile(folder.resolve(name), shards.get(i), type);
    }
    Files.writeString(
        folder.resolve("model.safetensors.index.json"), index.toPrettyString() + "\n");
  }

  private static void writeFile(Path file, List<Tensor> tensors, Type type) throws IOException {
    ObjectNode header = JSON.createObjectNode();
    header.putObject("__metadata__").put("format", "pt");
    long offset = 0;
    for (Tensor tensor : tensors) {
      ObjectNode entry = header.putObject(tensor.name).put("dtype", type.name());
      ArrayNode shape = entry.putArray("shape");
      for (long size : tensor.shape) {
        shape.add(size);
      }
      long end = offset + tensor.elements() * type.bytes();
      entry.putArray("data_offsets").add(offset).add(end);
      offset = end;
    }
    String text = header.toString();
    byte[] json = (text + " ".repeat(7 - (text.length() + 7) % 8)).getBytes(StandardCharsets.UTF_8);
    ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    try (FileChannel channel =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      buffer.putLong(json.length).put(json);
      for (Tensor tensor : tensors) {
        fill(tensor, type, buffer, channel);
      }
      flush(buffer, channel);
    }
    System.out.printf("%s: %,d bytes%n", file, Files.size(file));
  }

  /** Uniform values of the tensor's deviation; xorshift, since a billion are needed. */
  private static void fill(Tensor tensor, Type type, ByteBuffer buffer, FileChannel channel)
      throws IOException {
    float scale = (float) (tensor.deviation * Math.sqrt(12) * 0x1p-32);
    long state = tensor.name.hashCode() * 0x9E3779B97F4A7C15L | 1;
    for (long i = tensor.elements(); i > 0; i--) {
      if (buffer.remaining() < Float.BYTES) {
        flush(buffer, channel);
      }
      state ^= state << 13;
      state ^= state >>> 7;
      state ^= state << 17;
      float value = tensor.center + scale * (int) state;
      if (type == Type.F32) {
        buffer.putFloat(value);
      } else {
        buffer.putShort((short) (Float.floatToRawIntBits(value) >>> 16));
      }
    }
  }

  private static void flush(ByteBuffer buffer, FileChannel channel) throws IOException {
    buffer.flip();
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
    buffer.clear();
  }

  private static final String QWEN3_CONFIG =
      """
      {
        "architectures": ["Qwen3ForCausalLM"],
        "attention_bias": false,
        "attention_dropout": 0.0,
        "bos_token_id": 151643,
        "eos_token_id": 151645,
        "head_dim": 128,
        "hidden_act": "silu",
        "hidden_size": 2048,
        "initializer_range": 0.02,
        "intermediate_size": 6144,
        "max_position_embeddings": 40960,
        "max_window_layers": 28,
        "model_type": "qwen3",
        "num_attention_heads": 16,
        "num_hidden_layers": 28,
        "num_key_value_heads": 8,
        "rms_norm_eps": 1e-06,
        "rope_scaling": null,
        "rope_theta": 1000000,
        "sliding_window": null,
        "tie_word_embeddings": true,
        "use_cache": true,
        "use_sliding_window": false,
        "vocab_size": 151936
      }
      """;

  private static final String DINOV2_CONFIG =
      """
      {
        "architectures": ["Dinov2Model"],
        "attention_probs_dropout_prob": 0.0,
        "drop_path_rate": 0.0,
        "hidden_act": "gelu",
        "hidden_dropout_prob": 0.0,
        "hidden_size": 768,
        "image_size": 518,
        "initializer_range": 0.02,
        "layer_norm_eps": 1e-06,
        "layerscale_value": 1.0,
        "mlp_ratio": 4,
        "model_type": "dinov2",
        "num_attention_heads": 12,
        "num_channels": 3,
        "num_hidden_layers": 12,
        "patch_size": 14,
        "qkv_bias": true,
        "use_swiglu_ffn": false
      }
      """;

  private WriteFrozenNetworks() {}
}
