package io.rapd.core.checkpoint;

import static io.rapd.core.text.Messages.message;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.rapd.core.config.LfsPointer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Which shard holds which tensor, as {@code model.safetensors.index.json} or {@code
 * pytorch_model.bin.index.json} says.
 *
 * @param file the index
 * @param weightMap the file name of the shard of each tensor, sorted by tensor
 */
public record ShardIndex(Path file, Map<String, String> weightMap) {
  private static final JsonMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  /**
   * Reads an index.
   *
   * @param ending of the shards' file names, such as {@code .safetensors}
   * @throws CheckpointException where it is missing or damaged, or names anything but files of that
   *     ending beside itself
   */
  public static ShardIndex read(Path file, String ending) {
    LfsPointer.refuse(file);
    JsonNode root;
    try {
      root = JSON.readTree(Files.readAllBytes(file));
    } catch (JacksonException e) {
      throw new CheckpointException(file + ": is not valid JSON: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new CheckpointException(file + ": cannot be read: " + AtomicFile.describe(e), e);
    }
    JsonNode map = root.path("weight_map");
    if (!map.isObject()) {
      throw new CheckpointException(file + ": weight_map must be an object of tensor to shard");
    }
    Map<String, String> weightMap = new TreeMap<>();
    for (Map.Entry<String, JsonNode> entry : map.properties()) {
      weightMap.put(entry.getKey(), shardName(file, ending, entry.getKey(), entry.getValue()));
    }
    return new ShardIndex(file, weightMap);
  }

  /** Shards lie beside their index: anything but a plain file name is refused. */
  private static String shardName(Path file, String ending, String tensor, JsonNode value) {
    String name = value.asText();
    boolean plain =
        value.isTextual()
            && name.endsWith(ending)
            && name.chars().noneMatch(c -> c == '/' || c == '\\' || c == ':' || c < ' ');
    if (!plain) {
      throw new CheckpointException(
          "%s: tensor \"%s\" is said to be in %s, expected the name of a %s file beside the index",
          file, tensor, value, ending);
    }
    return name;
  }

  /** The file names of all shards. */
  public SortedSet<String> shards() {
    return new TreeSet<>(weightMap.values());
  }

  /**
   * The path of a shard.
   *
   * @throws CheckpointException where there is no such file
   */
  public Path require(String shard) {
    Path path = file.resolveSibling(shard);
    if (!Files.exists(path)) {
      throw new CheckpointException(
          "%s: the shard is missing that %s names", path, file.getFileName());
    }
    return path;
  }

  /**
   * Checks that the shards hold what the index says.
   *
   * @param found the shard in which each tensor was found
   * @throws CheckpointException naming the first tensor that is elsewhere, or not in the index
   */
  public void requireAgreement(Map<String, Path> found) {
    weightMap.forEach(
        (tensor, shard) -> {
          Path holder = found.get(tensor);
          String actual = holder == null ? "" : String.valueOf(holder.getFileName());
          if (!actual.equals(shard)) {
            throw new CheckpointException(
                message("%s: tensor \"%s\" should be in %s, which lacks it", file, tensor, shard)
                    + (holder == null ? "" : " (it is in " + actual + ")"));
          }
        });
    found.forEach(
        (tensor, holder) -> {
          if (!weightMap.containsKey(tensor)) {
            throw new CheckpointException(
                "%s: tensor \"%s\" is not in %s", holder, tensor, file.getFileName());
          }
        });
  }
}
