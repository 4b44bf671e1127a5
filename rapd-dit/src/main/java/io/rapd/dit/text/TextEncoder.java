package io.rapd.dit.text;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.List;

/**
 * A frozen network from prompts to a sequence of states. The length L = {@link #maxTokens()} is the
 * same for every prompt: longer prompts lose their end (special tokens are kept), shorter ones are
 * padded on the right.
 *
 * <p>The denoiser takes no text mask (as PixelGen's), so it reads padded positions too. Every
 * encoder therefore says what stands there, and it is a function of the prompt alone. The empty
 * prompt is allowed; it is the condition of the unconditional branch of guidance.
 *
 * <p>Encoders may be used from several threads at once. Encoding a prompt twice gives the same
 * bits.
 */
public interface TextEncoder extends AutoCloseable {

  /** D, the number of values a token. */
  int width();

  /** L, the number of tokens that every prompt is cut or padded to. */
  int maxTokens();

  /**
   * Which weights and which tokenizer, in one line. A checkpoint records it: a denoiser works only
   * with the encoder that it was trained with.
   */
  String provenance();

  /**
   * Encodes the prompts.
   *
   * @param prompts B prompts, B at least 1
   * @param manager owns the result, on its device
   * @return the hidden states (B, L, D), float32
   * @throws IllegalArgumentException if there is no prompt or one of them is null
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
