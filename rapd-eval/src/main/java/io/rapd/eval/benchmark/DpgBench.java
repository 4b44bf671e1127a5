package io.rapd.eval.benchmark;

import static io.rapd.core.config.Check.check;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** DPG-Bench's prompt folder ({@code NAME.txt} each) and its scorer's results. */
public final class DpgBench {
  private static final Pattern CATEGORY = Pattern.compile("\\t([\\w ()/-]+): ([-+.eE0-9]+)");
  private static final Pattern AVERAGE = Pattern.compile("DPG-Bench score: ([-+.eE0-9]+)");

  private DpgBench() {}

  /**
   * Reads a folder of prompts, in order of their names.
   *
   * @throws IllegalArgumentException naming the file that cannot be used
   */
  public static List<BenchmarkPrompt> prompts(Path folder) {
    List<Path> files;
    try (Stream<Path> listed = Files.list(folder)) {
      files = listed.filter(file -> name(file).endsWith(".txt")).sorted().toList();
    } catch (IOException e) {
      throw new IllegalArgumentException(
          folder + ": expected a folder of prompts, NAME.txt each, found " + e, e);
    }
    check(!files.isEmpty(), "%s: expected prompts, NAME.txt each, found none", folder);
    List<BenchmarkPrompt> prompts = new ArrayList<>();
    for (Path file : files) {
      String stem = name(file).substring(0, name(file).length() - ".txt".length());
      check(
          !stem.isEmpty() && stem.indexOf('.') < 0,
          "%s: expected a name without dots before .txt, at which the scorer cuts it",
          file);
      String text = text(file).strip().replaceAll("\\s+", " ");
      check(!text.isEmpty(), "%s: expected a prompt, found an empty file", file);
      prompts.add(new BenchmarkPrompt(stem, text, ""));
    }
    return prompts;
  }

  private static String name(Path file) {
    return String.valueOf(file.getFileName());
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new IllegalArgumentException(
          file + ": expected a readable text file in UTF-8, found " + e, e);
    }
  }

  /**
   * Reads the results that {@code compute_dpg_bench.py} writes.
   *
   * @return percentages: the broad categories (entity, attribute, ...), then {@code average}
   * @throws IllegalArgumentException if the file has no summary
   */
  public static Map<String, Double> scores(Path file) {
    Map<String, Double> scores = new LinkedHashMap<>();
    boolean broad = false;
    double average = Double.NaN;
    for (String line : text(file).lines().toList()) {
      if (line.startsWith("L1 category scores:")) {
        scores.clear(); // the scorer appends: the last summary counts
        broad = true;
        continue;
      }
      Matcher category = CATEGORY.matcher(line);
      if (broad && category.matches()) {
        scores.put(category.group(1), number(category.group(2), file));
      } else {
        broad = false;
      }
      Matcher mean = AVERAGE.matcher(line);
      if (mean.matches()) {
        average = number(mean.group(1), file);
      }
    }
    check(
        !Double.isNaN(average) && !scores.isEmpty(),
        "%s: expected \"L1 category scores:\" and \"DPG-Bench score:\", as compute_dpg_bench.py"
            + " writes them, found none",
        file);
    scores.put("average", average);
    return scores;
  }

  private static double number(String text, Path file) {
    try {
      return Double.parseDouble(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(file + ": expected a number, found " + text, e);
    }
  }
}
