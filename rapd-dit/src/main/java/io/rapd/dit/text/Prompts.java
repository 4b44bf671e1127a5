package io.rapd.dit.text;

import java.util.List;

/** Checks the input of encoders. */
final class Prompts {

  private Prompts() {}

  /**
   * Refuses an empty list and null prompts.
   *
   * @throws IllegalArgumentException naming the index
   */
  static void check(List<String> prompts) {
    if (prompts.isEmpty()) {
      throw new IllegalArgumentException("prompts must hold at least one prompt, got none");
    }
    for (int i = 0; i < prompts.size(); i++) {
      if (prompts.get(i) == null) {
        throw new IllegalArgumentException("prompts[" + i + "] must be a text, got null");
      }
    }
  }
}
