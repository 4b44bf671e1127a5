package io.rapd.cli;

import static io.rapd.core.config.Check.check;

import io.rapd.core.image.OutputFormat;
import io.rapd.infer.Keyframe;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The frames of {@code generate --frames}.
 *
 * @param keyframes prompts and seeds on the way
 * @param frames number of frames
 * @param sizes of each frame
 * @param names of the files
 * @param format of the files
 */
record FramePlan(
    List<Keyframe> keyframes,
    int frames,
    List<ImageSize> sizes,
    NamePattern names,
    OutputFormat format) {
  /**
   * Pairs prompts with seeds; where there is one of either, it stays.
   *
   * @throws IllegalArgumentException for numbers that do not fit together
   */
  static FramePlan of(
      List<PromptLine> prompts,
      List<Long> seeds,
      int frames,
      List<ImageSize> sizes,
      NamePattern names,
      OutputFormat format) {
    check(
        prompts.size() == 1 || seeds.size() == 1 || prompts.size() == seeds.size(),
        "--frames needs one prompt, one seed or as many of both, got %d prompts and %d seeds",
        prompts.size(),
        seeds.size());
    List<Keyframe> keyframes = new ArrayList<>();
    for (int i = 0; i < Math.max(prompts.size(), seeds.size()); i++) {
      PromptLine line = prompts.get(prompts.size() == 1 ? 0 : i);
      check(
          line.size().isEmpty(), "--frames needs one size for all frames; leave size out of lines");
      long seed = line.seed().orElse(seeds.get(seeds.size() == 1 ? 0 : i));
      keyframes.add(new Keyframe(line.prompt(), seed));
    }
    check(keyframes.size() > 1, "--frames needs several --prompt or --seed to move between");
    check(frames >= 2 && frames <= 100_000, "--frames must be 2 to 100000, got %d", frames);
    FramePlan plan = new FramePlan(keyframes, frames, sizes, names, format);
    Set<String> taken = new HashSet<>();
    for (int frame = 0; frame < frames; frame++) {
      for (String name : plan.files(frame).keySet()) {
        check(
            taken.add(name),
            "two frames would be named %s; add {index} and {size} to --name",
            name);
      }
    }
    return plan;
  }

  /**
   * The names and sizes of a frame, from 0. {prompt} and {seed} are those of the first keyframe.
   */
  Map<String, ImageSize> files(int frame) {
    Keyframe first = keyframes.get(0);
    Map<String, ImageSize> files = new LinkedHashMap<>();
    for (ImageSize size : sizes) {
      files.put(names.fileName(first.prompt(), first.seed(), size, frame + 1, format), size);
    }
    return files;
  }

  /** Finds out what cannot be written before anything is computed. */
  void requirePlaces(OutputFolder folder) {
    for (int frame = 0; frame < frames; frame++) {
      files(frame).keySet().forEach(folder::place);
    }
  }
}
