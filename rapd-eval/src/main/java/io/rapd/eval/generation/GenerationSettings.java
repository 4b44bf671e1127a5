package io.rapd.eval.generation;

import static io.rapd.core.config.Check.check;

import io.rapd.train.data.Split;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * What is generated, and what it is compared with.
 *
 * @param split of which the captions are taken
 * @param trainedOn the split that the model was trained on
 * @param keys only samples whose key this expression finds
 * @param captions how many, spread evenly over the split
 * @param seed of the first caption; those of the others follow
 * @param size height and width in pixels of the images
 * @param candidates at most so many images are compared with, spread evenly over the set
 * @param grid cells per side of pooled latents
 */
public record GenerationSettings(
    Split split,
    Split trainedOn,
    Pattern keys,
    int captions,
    long seed,
    int size,
    int candidates,
    int grid) {
  public GenerationSettings {
    check(captions >= 1, "the number of captions must be positive, got %d", captions);
    check(size >= 16, "images must have at least 16 pixels per side, got %d", size);
    check(candidates >= 2, "at least 2 images must be compared with, got %d", candidates);
    check(grid >= 1, "the grid of pooled latents must have at least 1 cell, got %d", grid);
  }

  /** As names and values, for logs and reports. */
  Map<String, String> facts() {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("captions of", split.name().toLowerCase(Locale.ROOT));
    facts.put("trained on", trainedOn.name().toLowerCase(Locale.ROOT));
    facts.put("keys", keys.pattern());
    facts.put("captions", String.valueOf(captions));
    facts.put("first seed", String.valueOf(seed));
    facts.put("size", String.valueOf(size));
    facts.put("candidates", "at most " + candidates);
    facts.put("pooled latents", grid + " x " + grid);
    return facts;
  }
}
