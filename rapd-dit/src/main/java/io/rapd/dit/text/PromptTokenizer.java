package io.rapd.dit.text;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import io.rapd.core.torch.NativeRuntime;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;

/**
 * Converts prompts to token ids with a Hugging Face {@code tokenizer.json}: adds special tokens,
 * cuts to a maximum length, does not pad.
 */
final class PromptTokenizer implements AutoCloseable {

  static {
    NativeRuntime.prepare();
  }

  /** What WordPiece vocabularies call a word outside them; byte-level ones have none. */
  private static final String UNKNOWN = "[UNK]";

  private final HuggingFaceTokenizer tokenizer;
  private final int maxTokens;

  private PromptTokenizer(HuggingFaceTokenizer tokenizer, int maxTokens) {
    this.tokenizer = tokenizer;
    this.maxTokens = maxTokens;
  }

  /**
   * Reads a tokenizer.
   *
   * @param json contents of a {@code tokenizer.json}; its truncation and padding are overridden
   * @param maxTokens maximum number of tokens, including special tokens
   * @param origin the file or resource, for messages
   * @throws IllegalArgumentException if it is not a tokenizer
   */
  static PromptTokenizer read(byte[] json, int maxTokens, String origin) {
    Map<String, String> options =
        Map.of(
            "addSpecialTokens", "true",
            "truncation", "true",
            "maxLength", Integer.toString(maxTokens),
            "padding", "false");
    try {
      return new PromptTokenizer(
          HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(json), options), maxTokens);
    } catch (IOException | RuntimeException e) {
      throw new IllegalArgumentException(
          origin + " must be a Hugging Face tokenizer.json: " + e.getMessage(), e);
    }
  }

  /** The token ids of a prompt, at most {@code maxTokens}. */
  long[] encode(String prompt) {
    long[] ids = tokenizer.encode(valid(prompt), true, false).getIds();
    if (ids.length > maxTokens) {
      throw new IllegalStateException(
          "the tokenizer must cut to " + maxTokens + " tokens, got " + ids.length);
    }
    return ids;
  }

  /** The tokens of a whole prompt, those beyond {@code maxTokens} included. */
  TokenCount count(String prompt) {
    Encoding kept = tokenizer.encode(valid(prompt), true, true);
    int cut = 0;
    int unknown = unknown(kept);
    for (Encoding overflow : kept.getOverflowing()) {
      cut += ordinary(overflow);
      unknown += unknown(overflow);
    }
    return new TokenCount(ordinary(kept) + cut, cut, unknown);
  }

  private static int ordinary(Encoding encoding) {
    return (int) Arrays.stream(encoding.getSpecialTokenMask()).filter(mask -> mask == 0).count();
  }

  private static int unknown(Encoding encoding) {
    return (int) Arrays.stream(encoding.getTokens()).filter(UNKNOWN::equals).count();
  }

  /** Replaces unpaired surrogates, which native code rejects, by '?'. */
  private static String valid(String prompt) {
    return new String(prompt.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    tokenizer.close();
  }
}
