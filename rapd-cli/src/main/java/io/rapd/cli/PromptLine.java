package io.rapd.cli;

import java.util.Optional;

/**
 * A prompt of {@code generate}.
 *
 * @param prompt any text
 * @param seed its own seed, instead of those of {@code --seed}
 * @param size its own size, instead of those of {@code --size}
 */
record PromptLine(String prompt, Optional<Long> seed, Optional<ImageSize> size) {
  PromptLine(String prompt) {
    this(prompt, Optional.empty(), Optional.empty());
  }
}
