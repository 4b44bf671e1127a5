package io.rapd.dit.text;

import static io.rapd.core.text.Messages.message;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the encoder needs from the tokenizer files besides the tokenizer itself.
 *
 * @param largestId the largest token id
 * @param padId the id of the padding token
 */
record Qwen3Vocabulary(int largestId, int padId) {

  @JsonIgnoreProperties(ignoreUnknown = true)
  private record TokenizerFile(
      @Nullable Model model,
      @JsonProperty("added_tokens") @Nullable List<@Nullable AddedToken> addedTokens) {}

  @JsonIgnoreProperties(ignoreUnknown = true)
  private record Model(@Nullable Map<String, @Nullable Integer> vocab) {}

  @JsonIgnoreProperties(ignoreUnknown = true)
  private record AddedToken(@Nullable Integer id, @Nullable String content) {}

  /**
   * Reads both tokenizer files.
   *
   * @param tokenizer the bytes of {@code tokenizer.json}
   * @param settings the bytes of {@code tokenizer_config.json}, which names the padding token
   * @param folder their folder, for messages
   * @throws IllegalArgumentException naming the file and the field
   */
  static Qwen3Vocabulary read(byte[] tokenizer, byte[] settings, String folder) {
    TokenizerFile file;
    String pad;
    try {
      file = new ObjectMapper().readValue(tokenizer, TokenizerFile.class);
    } catch (JsonProcessingException e) {
      throw unreadable(folder, "tokenizer.json", e);
    } catch (java.io.IOException e) {
      throw new IllegalStateException("reading from memory", e);
    }
    if (file == null || file.model() == null || file.model().vocab() == null) {
      throw new IllegalArgumentException(folder + "/tokenizer.json: model.vocab is missing");
    }
    try {
      JsonNode token = new ObjectMapper().readTree(settings).path("pad_token");
      // Either the token itself or an object that contains it.
      pad = token.isTextual() ? token.asText() : token.path("content").asText();
    } catch (JsonProcessingException e) {
      throw unreadable(folder, "tokenizer_config.json", e);
    } catch (java.io.IOException e) {
      throw new IllegalStateException("reading from memory", e);
    }
    Map<String, Integer> ids = ids(file, file.model().vocab(), folder);
    int largest = ids.values().stream().mapToInt(Integer::intValue).max().orElse(-1);
    Integer padId = ids.get(pad);
    if (padId == null) {
      throw new IllegalArgumentException(
          message(
              "%s/tokenizer_config.json: pad_token must be a token of tokenizer.json, got \"%s\"",
              folder, pad));
    }
    return new Qwen3Vocabulary(largest, padId);
  }

  /** All tokens, those of {@code added_tokens} last. */
  private static Map<String, Integer> ids(
      TokenizerFile file, Map<String, @Nullable Integer> vocab, String folder) {
    Map<String, Integer> ids = new HashMap<>();
    vocab.forEach((token, id) -> ids.put(token, checked(token, id, folder)));
    if (file.addedTokens() != null) {
      for (AddedToken added : file.addedTokens()) {
        String token = added == null ? null : added.content();
        ids.put(String.valueOf(token), checked(token, added == null ? null : added.id(), folder));
      }
    }
    return ids;
  }

  private static int checked(@Nullable String token, @Nullable Integer id, String folder) {
    if (token == null || id == null || id < 0) {
      throw new IllegalArgumentException(
          message(
              "%s/tokenizer.json: token \"%s\" must have an id of at least 0, got %s",
              folder, token, id));
    }
    return id;
  }

  private static IllegalArgumentException unreadable(
      String folder, String name, JsonProcessingException e) {
    return new IllegalArgumentException(
        message(
            "%s/%s must be a Hugging Face %s: %s",
            folder, name, name, e.getOriginalMessage().lines().findFirst().orElse("")),
        e);
  }
}
