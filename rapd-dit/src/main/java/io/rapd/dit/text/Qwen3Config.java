package io.rapd.dit.text;

import static io.rapd.core.config.Check.check;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.rapd.core.config.LfsPointer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The sizes of a dense Qwen3 network (0.6B, 1.7B, 4B, ...) from its {@code config.json}, as far as
 * they determine the hidden states. Unsupported variants are refused.
 *
 * @param vocabSize rows of the embedding table
 * @param hiddenSize D, the width of the residual stream and of the states
 * @param layers decoder layers ({@code num_hidden_layers})
 * @param heads query heads per layer
 * @param keyValueHeads key and value heads per layer; query head h uses {@code h / (heads /
 *     keyValueHeads)}
 * @param headDim values per head; independent of {@code hiddenSize / heads}
 * @param intermediateSize inner width of the gated MLP
 * @param positions maximum length of a sequence ({@code max_position_embeddings})
 * @param ropeTheta base of the rotary frequencies
 * @param rmsNormEps added to the mean square in every norm
 */
record Qwen3Config(
    int vocabSize,
    int hiddenSize,
    int layers,
    int heads,
    int keyValueHeads,
    int headDim,
    int intermediateSize,
    int positions,
    double ropeTheta,
    double rmsNormEps) {

  private static final int DEFAULT_POSITIONS = 32768;

  /** Guards against damaged configurations that would fill the memory. */
  private static final int MOST_LAYERS = 1000;

  Qwen3Config {
    positive("vocab_size", vocabSize);
    positive("hidden_size", hiddenSize);
    check(
        layers >= 1 && layers <= MOST_LAYERS,
        "num_hidden_layers must be 1 to %d, got %d",
        MOST_LAYERS,
        layers);
    positive("num_attention_heads", heads);
    positive("num_key_value_heads", keyValueHeads);
    positive("head_dim", headDim);
    check(
        (long) heads * headDim <= Integer.MAX_VALUE,
        "num_attention_heads (%d) times head_dim (%d) is too large",
        heads,
        headDim);
    positive("intermediate_size", intermediateSize);
    positive("max_position_embeddings", positions);
    check(
        heads % keyValueHeads == 0,
        "num_attention_heads (%d) must be divisible by num_key_value_heads (%d)",
        heads,
        keyValueHeads);
    check(headDim % 2 == 0, "head_dim must be even for rotary positions, got %d", headDim);
    check(ropeTheta > 1 && ropeTheta < 1e12, "rope_theta must be above 1, got %s", ropeTheta);
    check(rmsNormEps > 0 && rmsNormEps < 1, "rms_norm_eps must be between 0 and 1: %s", rmsNormEps);
  }

  /**
   * Reads a {@code config.json}.
   *
   * @throws IllegalArgumentException naming the file and the field that is missing, wrong or not
   *     supported
   */
  static Qwen3Config read(Path file) {
    LfsPointer.refuse(file);
    check(Files.isRegularFile(file), "%s: no such file; the model folder must hold it", file);
    JsonNode json;
    try {
      json = new ObjectMapper().readTree(Files.readAllBytes(file));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(file + " must be JSON: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file + ": " + e, e);
    }
    try {
      return of(json);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
    }
  }

  /**
   * The configuration of a JSON object with Hugging Face's field names.
   *
   * @throws IllegalArgumentException naming the field
   */
  static Qwen3Config of(JsonNode json) {
    check(json.isObject(), "must be a JSON object");
    same(json, "model_type", "qwen3", null);
    same(json, "hidden_act", "silu", "silu");
    same(json, "attention_bias", "false", "false");
    same(json, "use_sliding_window", "false", "false");
    JsonNode rope = json.path("rope_parameters");
    same(rope, "rope_type", "default", "default");
    // Scaled rotary positions (such as YaRN) are not supported.
    check(
        json.path("rope_scaling").isNull() || json.path("rope_scaling").isMissingNode(),
        "rope_scaling must be null, got %s",
        json.path("rope_scaling"));
    return new Qwen3Config(
        integer(json, "vocab_size"),
        integer(json, "hidden_size"),
        integer(json, "num_hidden_layers"),
        integer(json, "num_attention_heads"),
        integer(json, "num_key_value_heads"),
        integer(json, "head_dim"),
        integer(json, "intermediate_size"),
        json.has("max_position_embeddings")
            ? integer(json, "max_position_embeddings")
            : DEFAULT_POSITIONS,
        real(rope.has("rope_theta") ? rope : json, "rope_theta"),
        real(json, "rms_norm_eps"));
  }

  private static void same(JsonNode json, String field, String expected, @Nullable String absent) {
    JsonNode node = json.path(field);
    String found = node.isMissingNode() || node.isNull() ? absent : node.asText();
    check(
        expected.equals(found),
        "%s must be %s, got %s",
        field,
        expected,
        found == null ? "nothing" : found);
  }

  private static int integer(JsonNode json, String field) {
    JsonNode node = json.path(field);
    check(
        node.isIntegralNumber() && node.canConvertToInt(),
        "%s must be an integer, got %s",
        field,
        text(node));
    return node.intValue();
  }

  private static double real(JsonNode json, String field) {
    JsonNode node = json.path(field);
    check(node.isNumber(), "%s must be a number, got %s", field, text(node));
    return node.doubleValue();
  }

  private static String text(JsonNode node) {
    return node.isMissingNode() ? "nothing" : node.toString();
  }

  private static void positive(String field, int value) {
    check(value > 0, "%s must be positive, got %d", field, value);
  }
}
