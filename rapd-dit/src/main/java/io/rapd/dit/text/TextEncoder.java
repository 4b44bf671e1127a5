package io.rapd.dit.text;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.List;

/**
 * A frozen network that turns a prompt into a sequence of L = {@link #maxTokens()} states. Longer
 * prompts are truncated (special tokens are kept), shorter ones are padded on the right.
 *
 * <p>Like PixelGen's, the denoiser has no text mask and attends to padded positions too, so each
 * encoder documents their states, which depend on the prompt only. The empty prompt is the
 * unconditional input of guidance.
 *
 * <p>Encoders are thread-safe. Encoding the same prompts again gives the same bits.
 */
public interface TextEncoder extends AutoCloseable {

  /** D, the number of values per token. */
  int width();

  /** L, the number of tokens to which every prompt is truncated or padded. */
  int maxTokens();

  /**
   * The weights and the tokenizer in one line. Checkpoints record it, because a denoiser works only
   * with the encoder it was trained with.
   */
  String provenance();

  /**
   * Encodes the prompts.
   *
   * @param prompts B prompts, at least one
   * @param manager of the result; its device is used
   * @return the hidden states (B, L, D), float32
   * @throws IllegalArgumentException if there is no prompt, or one is null
   * @throws IllegalStateException if the encoder is closed
   */
  NDArray encode(List<String> prompts, NDManager manager);

  /**
   * How this encoder reads a prompt. Encoders that see prompts only by their hash say that nothing
   * is cut or unknown.
   */
  default TokenCount count(String prompt) {
    return new TokenCount(0, 0, 0);
  }

  @Override
  void close();
}
