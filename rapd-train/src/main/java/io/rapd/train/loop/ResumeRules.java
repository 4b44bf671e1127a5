package io.rapd.train.loop;

import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which fields of a configuration may change when a run is resumed: those that change nothing of
 * the training beyond rounding. The length of a run may change too, and with it the rest of a
 * cosine or linear schedule.
 */
final class ResumeRules {
  private static final Set<String> FREE =
      Set.of(
          "init",
          "activationCheckpointing",
          "microBatch",
          "microBatchPixels",
          "textCache",
          "prepared.path",
          "preview",
          "validation",
          "statisticsImages",
          "statisticsSize",
          "data.maxUnreadable",
          "data.stream.threads",
          "loop.steps",
          "loop.maxMinutes",
          "loop.workers",
          "loop.logEvery",
          "loop.checkpointEvery",
          "loop.keepCheckpoints",
          "loop.keepEvery",
          "loop.backgroundCheckpoints",
          "loop.previewEvery",
          "loop.skipNonFinite");

  /** Places of inputs, by the name of the {@link Input} that must be the same. */
  private static final Map<String, String> PLACES =
      Map.of(
          "data.location", Input.DATA,
          "data.stream.sources[].location", Input.DATA,
          "field", Input.FIELD,
          "text.path", Input.TEXT_ENCODER,
          "teacher.path", Input.TEACHER,
          "lpips.path", Input.LPIPS);

  private ResumeRules() {}

  /**
   * The differences that keep a run from going on.
   *
   * @param identified names of the inputs that the checkpoint records; only these may lie elsewhere
   */
  static List<ConfigDifference> refused(
      List<ConfigDifference> differences, Set<String> identified) {
    return differences.stream().filter(one -> !isFree(one.path(), identified)).toList();
  }

  private static boolean isFree(String path, Set<String> identified) {
    String input = PLACES.get(path.replaceAll("\\[\\d+]", "[]"));
    if (input != null) {
      return identified.contains(input);
    }
    return FREE.contains(path) || FREE.contains(path.split("[.\\[]", 2)[0]);
  }
}
