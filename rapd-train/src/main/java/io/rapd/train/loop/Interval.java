package io.rapd.train.loop;

import static io.rapd.core.text.Messages.message;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/** The steps since the last report. */
final class Interval {
  private final long start = System.nanoTime();
  private final Map<String, Double> sums = new LinkedHashMap<>();
  private int steps;

  void add(Map<String, Double> values) {
    if (values.isEmpty()) {
      return;
    }
    values.forEach((name, value) -> sums.merge(name, value, Double::sum));
    steps++;
  }

  Map<String, Double> means() {
    Map<String, Double> means = new LinkedHashMap<>();
    sums.forEach((name, sum) -> means.put(name, sum / steps));
    return means;
  }

  double seconds() {
    return Math.max(1e-9, (System.nanoTime() - start) / 1e9);
  }

  int steps() {
    return steps;
  }

  static String shown(Map<String, Double> values) {
    return values.entrySet().stream()
        .map(value -> message("%s %.4f", value.getKey(), value.getValue()))
        .collect(Collectors.joining("  "));
  }
}
