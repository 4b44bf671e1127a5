package io.rapd.dit.text;

import static io.rapd.core.text.Messages.message;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.rapd.core.checkpoint.SafetensorsFile;
import io.rapd.core.checkpoint.SafetensorsOutput;
import io.rapd.core.checkpoint.TensorType;
import io.rapd.core.fixture.Fixture;
import io.rapd.core.fixture.FixtureArrays;
import io.rapd.core.torch.Precision;
import io.rapd.core.torch.RandomStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;

/**
 * Writes the Qwen3 of the fixture as a model folder, with the excerpt of the real tokenizer. The
 * fixture's vocabulary must have room for the excerpt's 319 tokens.
 */
public final class Qwen3Folder {
  private static final Fixture FIXTURE = Fixture.load("qwen3");

  private Qwen3Folder() {}

  static Path write(Path folder, String prefix, TensorType type) {
    return write(folder, prefix, type, (weights, manager) -> {});
  }

  /** Writes the folder after {@code change} has changed the weights by their name in the file. */
  static Path write(
      Path folder,
      String prefix,
      TensorType type,
      BiConsumer<Map<String, NDArray>, NDManager> change) {
    try (NDManager manager = NDManager.newBaseManager()) {
      Files.createDirectories(folder);
      Files.writeString(folder.resolve("config.json"), config().toString());
      for (String name : new String[] {"tokenizer.json", "tokenizer_config.json"}) {
        try (InputStream in = Qwen3Folder.class.getResourceAsStream("/qwen3/" + name)) {
          Files.write(folder.resolve(name), in.readAllBytes());
        }
      }
      Map<String, NDArray> weights = new TreeMap<>();
      new FixtureArrays(FIXTURE, manager)
          .weights()
          .forEach((name, array) -> weights.put(prefix + name, array));
      change.accept(weights, manager);
      SafetensorsOutput output = new SafetensorsOutput();
      weights.forEach(
          (name, array) -> {
            if (array.getDataType().isFloating()) {
              output.add(name, array, type);
            } else {
              output.add(name, array);
            }
          });
      output.writeTo(folder.resolve("model.safetensors"));
      return folder;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Writes a Qwen3 of one layer with random weights. */
  public static Path random(Path folder, int width) {
    try (NDManager manager = NDManager.newBaseManager()) {
      write(folder, "", TensorType.F32);
      ObjectNode config = config().put("hidden_size", width).put("num_hidden_layers", 1);
      Files.writeString(folder.resolve("config.json"), config.toString());
      Qwen3Model model =
          new Qwen3Model(Qwen3Config.read(folder.resolve("config.json")), Precision.FLOAT32);
      model.initialize(manager, 1);
      Map<String, NDArray> weights = new TreeMap<>(model.values());
      Shape table = new Shape(config.get("vocab_size").longValue(), width);
      NDArray embedding = RandomStream.of(1, Qwen3Embedding.NAME, 0).normal(manager, table);
      weights.put(Qwen3Embedding.NAME, embedding.mul(Qwen3Model.STD));
      SafetensorsOutput.write(folder.resolve("model.safetensors"), weights);
      return folder;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Splits the weights into two shards with their index, as large models are published. */
  static Path moveToShards(Path folder, NDManager manager) throws IOException {
    Path whole = folder.resolve("model.safetensors");
    ObjectNode map = new ObjectMapper().createObjectNode();
    Path shard = whole;
    try (SafetensorsFile file = SafetensorsFile.open(whole)) {
      for (int i = 1; i <= 2; i++) {
        String name = message("model-%05d-of-00002.safetensors", i);
        shard = folder.resolve(name);
        SafetensorsOutput output = new SafetensorsOutput();
        for (String tensor : file.names()) {
          if (tensor.startsWith("model.layers.") == (i == 1)) {
            output.add(tensor, file.read(tensor, manager));
            map.put(tensor, name);
          }
        }
        output.writeTo(shard);
      }
    }
    Files.delete(whole);
    Files.writeString(
        folder.resolve("model.safetensors.index.json"), "{\"weight_map\": " + map + "}");
    return shard;
  }

  static ObjectNode config() {
    ObjectNode config = FIXTURE.config().deepCopy();
    return config.put("model_type", "qwen3");
  }
}
