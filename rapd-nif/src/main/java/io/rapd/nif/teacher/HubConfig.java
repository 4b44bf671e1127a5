package io.rapd.nif.teacher;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.rapd.core.checkpoint.CheckpointException;
import io.rapd.core.config.LfsPointer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;

/**
 * A {@code config.json} in the format of Hugging Face. Unknown fields are allowed, since it holds
 * much that inference does not need; every field that is read is checked.
 */
final class HubConfig {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Larger than any size of a published network. */
  private static final int LARGEST_COUNT = 1 << 20;

  private final String where;
  private final JsonNode fields;

  HubConfig(String where, JsonNode fields) {
    this.where = where;
    this.fields = fields;
  }

  /**
   * Reads a file.
   *
   * @throws CheckpointException if it is missing or not a JSON object
   */
  static HubConfig read(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new CheckpointException(file + ": no such file");
    }
    LfsPointer.refuse(file);
    try {
      JsonNode root = JSON.readTree(Files.readAllBytes(file));
      if (root == null || !root.isObject()) {
        throw new CheckpointException(file + ": must be a JSON object");
      }
      return new HubConfig(file.toString(), root);
    } catch (JsonProcessingException e) {
      throw new CheckpointException(file + ": is not JSON: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new CheckpointException(file + ": cannot be read: " + e.getMessage(), e);
    }
  }

  private boolean has(String name) {
    return fields.hasNonNull(name);
  }

  /** The fields of a nested object. */
  HubConfig object(String name) {
    JsonNode node = fields.path(name);
    if (!node.isObject()) {
      throw wrong(name, "an object", node);
    }
    return new HubConfig(where + ": " + name, node);
  }

  /** A required count, 1 to 2^20. */
  int count(String name) {
    JsonNode node = fields.path(name);
    boolean fits = node.isIntegralNumber() && node.canConvertToInt();
    if (!fits || node.intValue() < 1 || node.intValue() > LARGEST_COUNT) {
      throw wrong(name, "an integer from 1 to " + LARGEST_COUNT, node);
    }
    return node.intValue();
  }

  int count(String name, int missing) {
    return has(name) ? count(name) : missing;
  }

  double positive(String name, double missing) {
    JsonNode node = fields.path(name);
    if (!has(name)) {
      return missing;
    }
    if (!node.isNumber() || !(node.doubleValue() > 0) || !(node.doubleValue() < 1e9)) {
      throw wrong(name, "a positive number", node);
    }
    return node.doubleValue();
  }

  private String text(String name, String missing) {
    JsonNode node = fields.path(name);
    if (!has(name)) {
      return missing;
    }
    if (!node.isTextual()) {
      throw wrong(name, "a string", node);
    }
    return node.textValue();
  }

  /** A string that must be one of the supported values. */
  String oneOf(String name, String missing, String... supported) {
    String text = text(name, missing);
    if (!List.of(supported).contains(text)) {
      throw wrong(name, String.join(" or ", supported), text);
    }
    return text;
  }

  /** Checks that an optional field has its only supported value. */
  void require(String name, Object expected) {
    JsonNode node = fields.path(name);
    if (has(name) && !node.equals(JSON.valueToTree(expected))) {
      throw wrong(name, expected.toString(), node);
    }
  }

  /** Sizes made of this configuration's fields; errors between fields name the file too. */
  <T> T sizes(Supplier<T> sizes) {
    try {
      return sizes.get();
    } catch (CheckpointException e) {
      throw e; // names the file already
    } catch (IllegalArgumentException e) {
      throw new CheckpointException(where + ": " + e.getMessage(), e);
    }
  }

  /** An error about a field. */
  CheckpointException wrong(String name, String expected, Object found) {
    String text = found instanceof JsonNode node && node.isMissingNode() ? "nothing" : "" + found;
    return new CheckpointException(
        where
            + ": field \""
            + name
            + "\" must be "
            + expected
            + ", got "
            + text.substring(0, Math.min(80, text.length())));
  }
}
