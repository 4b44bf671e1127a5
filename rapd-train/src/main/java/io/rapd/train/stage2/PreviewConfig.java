package io.rapd.train.stage2;

import static io.rapd.core.config.Check.check;

import java.util.List;

/**
 * The images that are generated at each preview.
 *
 * @param prompts one image each
 * @param size their height and width in pixels
 */
public record PreviewConfig(List<String> prompts, int size) {
  /** Validates. */
  public PreviewConfig {
    check(!prompts.isEmpty(), "preview.prompts must hold at least one prompt, got none");
    check(size > 0 && size <= 4096, "preview.size must be from 1 to 4096, got %d", size);
    prompts = List.copyOf(prompts);
  }
}
