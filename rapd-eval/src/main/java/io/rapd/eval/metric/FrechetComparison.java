package io.rapd.eval.metric;

import static io.rapd.core.text.Messages.message;

import io.rapd.eval.report.ResultTable;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A Frechet distance and what it is between.
 *
 * @param features what was compared, such as "whole images"
 */
public record FrechetComparison(
    String features, SetStatistics first, SetStatistics second, double distance) {

  /** Computes the distance; see {@link FrechetDistance#between}. */
  public static FrechetComparison of(String features, SetStatistics first, SetStatistics second) {
    double distance = FrechetDistance.between(first.statistics(), second.statistics());
    return new FrechetComparison(features, first, second, distance);
  }

  /** What the numbers of images make uncertain. */
  public List<String> warnings() {
    return Stream.of(first.warning(), second.warning())
        .flatMap(Optional::stream)
        .map(warning -> features + ": " + warning)
        .toList();
  }

  /** A row per comparison. */
  public static ResultTable table(List<FrechetComparison> comparisons) {
    ResultTable table =
        new ResultTable(
            3, List.of("features", "A", "B", "vectors of A", "vectors of B", "Frechet distance"));
    for (FrechetComparison one : comparisons) {
      table.row(
          List.of(
              one.features,
              one.first.source(),
              one.second.source(),
              vectors(one.first),
              vectors(one.second),
              message("%.4f", one.distance)));
    }
    return table;
  }

  private static String vectors(SetStatistics set) {
    return set.vectors().isPresent() ? String.valueOf(set.vectors().getAsLong()) : "not stored";
  }
}
