package io.rapd.eval.benchmark;

import static io.rapd.core.config.Check.check;
import static io.rapd.core.text.Messages.message;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/** GenEval's prompt file ({@code evaluation_metadata.jsonl}) and its scorer's results. */
public final class GenEval {
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

  /** Tags of the benchmark and the paper's names of its columns, in the paper's order. */
  private static final Map<String, String> TASKS = tasks();

  private GenEval() {}

  private static Map<String, String> tasks() {
    Map<String, String> tasks = new LinkedHashMap<>();
    tasks.put("single_object", "single object");
    tasks.put("two_object", "two objects");
    tasks.put("counting", "counting");
    tasks.put("colors", "colors");
    tasks.put("position", "position");
    tasks.put("color_attr", "color attribution");
    return tasks;
  }

  /**
   * Reads a prompt file: a JSON object per line with {@code tag}, {@code prompt} and {@code
   * include}.
   *
   * @return prompts named 00000, 00001, ...
   * @throws IllegalArgumentException naming the line that cannot be used
   */
  public static List<BenchmarkPrompt> prompts(Path file) {
    List<BenchmarkPrompt> prompts = new ArrayList<>();
    forEachLine(
        file,
        (line, place) -> {
          String prompt = string(line, "prompt", place);
          string(line, "tag", place);
          check(
              line.path("include").isArray(), "%s: expected a list \"include\", found none", place);
          prompts.add(
              new BenchmarkPrompt(message("%05d", prompts.size()), prompt, line.toString()));
        });
    return prompts;
  }

  /**
   * Reads the results of {@code evaluate_images.py} and computes what {@code summary_scores.py}
   * prints.
   *
   * @return percentages by column: the six tasks, {@code overall} (their mean), and the shares of
   *     correct images and of prompts with a correct image
   * @throws IllegalArgumentException naming the line that cannot be used
   */
  public static Map<String, Double> scores(Path file) {
    Map<String, long[]> byTag = new LinkedHashMap<>();
    Map<String, Boolean> byPrompt = new LinkedHashMap<>();
    forEachLine(
        file,
        (line, place) -> {
          String tag = string(line, "tag", place);
          String prompt = string(line, "metadata", place);
          check(
              line.path("correct").isBoolean(),
              "%s: expected true or false in \"correct\", found %s",
              place,
              line.path("correct"));
          boolean correct = line.path("correct").asBoolean();
          long[] counts = byTag.computeIfAbsent(tag, t -> new long[2]);
          counts[0] += correct ? 1 : 0;
          counts[1]++;
          byPrompt.merge(prompt, correct, Boolean::logicalOr);
        });
    Map<String, Double> scores = new LinkedHashMap<>();
    TASKS.forEach(
        (tag, column) -> {
          if (byTag.containsKey(tag)) {
            scores.put(column, share(byTag.get(tag)));
          }
        });
    byTag.forEach((tag, counts) -> scores.putIfAbsent(TASKS.getOrDefault(tag, tag), share(counts)));
    double overall = byTag.values().stream().mapToDouble(GenEval::share).average().orElseThrow();
    long images = byTag.values().stream().mapToLong(c -> c[1]).sum();
    long correct = byTag.values().stream().mapToLong(c -> c[0]).sum();
    long solved = byPrompt.values().stream().filter(any -> any).count();
    scores.put("overall", overall);
    scores.put("images", 100.0 * correct / images);
    scores.put("prompts", 100.0 * solved / byPrompt.size());
    return scores;
  }

  private static double share(long[] counts) {
    return 100.0 * counts[0] / counts[1];
  }

  private static String string(JsonNode line, String field, String place) {
    JsonNode value = line.path(field);
    check(
        value.isTextual() && !value.asText().isBlank(),
        "%s: expected a text \"%s\", found %s",
        place,
        field,
        value.isMissingNode() ? "none" : value.toString());
    return value.asText();
  }

  private static void forEachLine(Path file, BiConsumer<JsonNode, String> reader) {
    List<String> lines;
    try {
      lines = Files.readAllLines(file);
    } catch (IOException e) {
      throw new IllegalArgumentException(
          file + ": expected a readable text file in UTF-8, found " + e, e);
    }
    int objects = 0;
    for (int i = 0; i < lines.size(); i++) {
      if (lines.get(i).isBlank()) {
        continue;
      }
      String place = file + ": line " + (i + 1);
      JsonNode tree;
      try {
        tree = JSON.readTree(lines.get(i));
      } catch (JsonProcessingException e) {
        throw new IllegalArgumentException(
            place + ": expected a JSON object, found " + e.getOriginalMessage(), e);
      }
      check(tree.isObject(), "%s: expected a JSON object, found %s", place, tree);
      reader.accept(tree, place);
      objects++;
    }
    check(objects > 0, "%s: expected JSON objects, one per line, found none", file);
  }
}
