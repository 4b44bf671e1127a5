package io.rapd.cli;

import static io.rapd.core.config.Check.check;

import io.rapd.core.image.OutputFormat;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Everything that a call of {@code generate} writes.
 *
 * @param images in the order of prompts, seeds
 */
record GenerationPlan(List<PlannedImage> images) {
  /**
   * One latent and its files.
   *
   * @param row index of its prompt
   * @param prompt any text
   * @param seed of its noise
   * @param files the name and size of each
   */
  record PlannedImage(int row, String prompt, long seed, Map<String, ImageSize> files) {}

  /**
   * Every prompt with every seed, {@code count} seeds from each on, at every size.
   *
   * @param seeds of prompts without their own
   * @param sizes of prompts without their own
   * @throws IllegalArgumentException if a seed does not fit 64 bits or two files have one name
   */
  static GenerationPlan of(
      List<PromptLine> prompts,
      List<Long> seeds,
      int count,
      List<ImageSize> sizes,
      NamePattern names,
      OutputFormat format) {
    check(count >= 1, "--count must be at least 1, got %d", count);
    List<PlannedImage> images = new ArrayList<>();
    Map<String, String> taken = new HashMap<>();
    int index = 0;
    for (int row = 0; row < prompts.size(); row++) {
      PromptLine line = prompts.get(row);
      for (long first : line.seed().map(List::of).orElse(seeds)) {
        check(
            first <= Long.MAX_VALUE - (count - 1),
            "--count %d from seed %d on goes beyond the largest seed",
            count,
            first);
        for (long seed = first; seed - first < count; seed++) {
          index++;
          Map<String, ImageSize> files = new LinkedHashMap<>();
          for (ImageSize size : line.size().map(List::of).orElse(sizes)) {
            String name = names.fileName(line.prompt(), seed, size, index, format);
            String owner = line.prompt() + '\0' + seed + '\0' + size;
            String other = taken.putIfAbsent(name, owner);
            check(
                other == null || other.equals(owner),
                "two images would be named %s; add {prompt}, {seed}, {size} or {index} to --name",
                name);
            if (other == null) {
              files.put(name, size);
            }
          }
          if (!files.isEmpty()) {
            images.add(new PlannedImage(row, line.prompt(), seed, files));
          }
        }
      }
    }
    return new GenerationPlan(images);
  }

  /** The images of each seed, in order; one noise serves a batch of them. */
  Map<Long, List<PlannedImage>> bySeed() {
    Map<Long, List<PlannedImage>> groups = new LinkedHashMap<>();
    images.forEach(
        image -> groups.computeIfAbsent(image.seed(), seed -> new ArrayList<>()).add(image));
    return groups;
  }

  /** Finds out what cannot be written before anything is computed. */
  void requirePlaces(OutputFolder folder) {
    images.forEach(image -> image.files().keySet().forEach(folder::place));
  }

  /** Without the images of which every file exists already. */
  GenerationPlan missingIn(OutputFolder folder) {
    return new GenerationPlan(
        images.stream()
            .filter(image -> !image.files().keySet().stream().allMatch(folder::holds))
            .toList());
  }
}
