package io.rapd.dit.text;

import static io.rapd.core.config.Check.check;

import ai.djl.Device;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.rapd.core.nn.Weights;
import io.rapd.core.torch.Precision;
import java.nio.file.Path;

/** Which text encoder, and the number of tokens to which prompts are truncated or padded. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
  @JsonSubTypes.Type(value = TextEncoderConfig.MiniLm.class, name = "minilm"),
  @JsonSubTypes.Type(value = TextEncoderConfig.Qwen3.class, name = "qwen3")
})
public sealed interface TextEncoderConfig {
  /** L, the number of tokens per prompt. */
  int maxTokens();

  /** As the other {@code open}, with {@link Weights#FULL}. */
  default TextEncoder open(Precision precision, Device device) {
    return open(precision, Weights.FULL, device);
  }

  /**
   * Loads the encoder.
   *
   * @param precision in which it computes; ignored by MiniLM
   * @param weights which matrices are kept in int8; ignored by MiniLM, which is quantised already
   * @param device on which it computes; ignored by MiniLM
   * @throws IllegalArgumentException if its files are missing or wrong
   */
  TextEncoder open(Precision precision, Weights weights, Device device);

  /**
   * The built-in all-MiniLM-L6-v2, with states of width 384.
   *
   * @param maxTokens 2 to 512
   */
  record MiniLm(int maxTokens) implements TextEncoderConfig {
    public MiniLm {
      check(
          maxTokens >= 2 && maxTokens <= MiniLmTextEncoder.POSITIONS,
          "text.maxTokens must be from 2 to %d for minilm, got %d",
          MiniLmTextEncoder.POSITIONS,
          maxTokens);
    }

    @Override
    public TextEncoder open(Precision precision, Weights weights, Device device) {
      return MiniLmTextEncoder.open(maxTokens);
    }
  }

  /**
   * Qwen3, the paper's encoder.
   *
   * @param path folder, such as that of Qwen/Qwen3-1.7B
   * @param maxTokens 128 in the paper
   */
  record Qwen3(String path, int maxTokens) implements TextEncoderConfig {
    public Qwen3 {
      check(maxTokens >= 1, "text.maxTokens must be positive, got %d", maxTokens);
    }

    @Override
    public TextEncoder open(Precision precision, Weights weights, Device device) {
      return Qwen3TextEncoder.open(Path.of(path), maxTokens, precision, weights, device);
    }
  }
}
