package io.rapd.train.stage2;

import static io.rapd.core.config.Check.check;

import java.util.List;

/**
 * The images that each preview of stage 2 generates.
 *
 * @param prompts one image each
 * @param size height and width of the images in pixels
 */
public record PreviewConfig(List<String> prompts, int size) {
  public PreviewConfig {
    check(!prompts.isEmpty(), "preview.prompts must hold at least one prompt, got none");
    check(size > 0 && size <= 4096, "preview.size must be from 1 to 4096, got %d", size);
    prompts = List.copyOf(prompts);
  }
}
