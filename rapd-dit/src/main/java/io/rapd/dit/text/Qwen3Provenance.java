package io.rapd.dit.text;

import static io.rapd.core.text.Messages.message;

import ai.djl.ndarray.NDArray;
import java.nio.ByteBuffer;

/** What identifies the states that a Qwen3 model computes. */
final class Qwen3Provenance {
  private Qwen3Provenance() {}

  /**
   * In words.
   *
   * @param norm weight of the final norm: small and trained, so it tells different weights apart
   * @param tokenizer content of {@code tokenizer.json}
   */
  static String of(Qwen3Config config, NDArray norm, byte[] tokenizer, int maxTokens) {
    float[] values = norm.toFloatArray();
    ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES);
    bytes.asFloatBuffer().put(values);
    return message(
        "Qwen3 width %d, %d layers, norm.weight sha256 %s, tokenizer sha256 %s, %d tokens",
        config.hiddenSize(),
        config.layers(),
        Sha256.of(bytes.array()),
        Sha256.of(tokenizer),
        maxTokens);
  }
}
