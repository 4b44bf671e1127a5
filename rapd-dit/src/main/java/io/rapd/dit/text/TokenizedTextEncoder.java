package io.rapd.dit.text;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.List;

/** A network behind a tokenizer. Runs one call at a time and refuses calls once it is closed. */
abstract class TokenizedTextEncoder implements TextEncoder {
  private final int width;
  private final int maxTokens;
  private final String provenance;
  private final PromptTokenizer tokenizer;
  private boolean closed;

  /** An encoder that owns the tokenizer. */
  TokenizedTextEncoder(int width, int maxTokens, String provenance, PromptTokenizer tokenizer) {
    this.width = width;
    this.maxTokens = maxTokens;
    this.provenance = provenance;
    this.tokenizer = tokenizer;
  }

  @Override
  public final int width() {
    return width;
  }

  @Override
  public final int maxTokens() {
    return maxTokens;
  }

  @Override
  public final String provenance() {
    return provenance;
  }

  // Synchronised because close() must not free native memory during a call; parallel calls would
  // only share the same cores.
  @Override
  public final synchronized NDArray encode(List<String> prompts, NDManager manager) {
    requireOpen();
    Prompts.check(prompts);
    List<long[]> tokens = prompts.stream().map(p -> tokenizer.encode(text(p))).toList();
    return encodeTokens(tokens, manager);
  }

  @Override
  public final synchronized TokenCount count(String prompt) {
    requireOpen();
    return tokenizer.count(text(prompt));
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the text encoder is closed");
    }
  }

  /** What is tokenized for a prompt. */
  String text(String prompt) {
    return prompt;
  }

  /** The states (B, L, D) of B prompts given as token ids, at most L each. */
  abstract NDArray encodeTokens(List<long[]> prompts, NDManager manager);

  @Override
  public final synchronized void close() {
    if (!closed) {
      closed = true;
      tokenizer.close();
      closeNetwork();
    }
  }

  /** Frees the network; called once. */
  abstract void closeNetwork();
}
