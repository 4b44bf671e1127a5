package io.rapd.dit.text;

/**
 * How an encoder reads a prompt, special tokens not counted.
 *
 * @param tokens of the whole prompt
 * @param cut how many of them lie beyond {@link TextEncoder#maxTokens()} and are not read
 * @param unknown how many of them are not in the vocabulary
 */
public record TokenCount(int tokens, int cut, int unknown) {
  /** Whether the prompt has tokens and the encoder knows none of them. */
  public boolean allUnknown() {
    return tokens > 0 && unknown == tokens;
  }
}
