package io.rapd.cli;

import static io.rapd.core.text.Messages.message;

import io.rapd.eval.generation.GenerationEvaluation;
import io.rapd.eval.metric.FrechetComparison;
import io.rapd.eval.metric.InceptionFeatures;
import io.rapd.eval.metric.Patches;
import io.rapd.eval.metric.SetStatistics;
import io.rapd.train.command.Progress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The Frechet distances of {@code evaluate generation}. */
record GenerationDistances(
    GenerationEvaluation evaluation, Path folder, InceptionFeatures network, Progress progress) {

  /**
   * Compares the generated images with those of the split.
   *
   * @param patches measured too
   * @param stored statistics instead of the split's whole images
   */
  List<FrechetComparison> measure(Optional<Patches> patches, Optional<Path> stored) {
    List<FrechetComparison> comparisons = new ArrayList<>();
    SetStatistics drawn = generated(Optional.empty());
    SetStatistics whole =
        stored.map(SetStatistics::read).orElseGet(() -> originals(Optional.empty()));
    comparisons.add(FrechetComparison.of("whole images", drawn, whole));
    patches.ifPresent(
        size ->
            comparisons.add(
                FrechetComparison.of(
                    "patches of " + size.side(), generated(patches), originals(patches))));
    return comparisons;
  }

  private SetStatistics generated(Optional<Patches> patches) {
    int count = evaluation.count();
    return SetStatistics.of(
        count,
        i -> {
          progress.at("features of a generated image", i + 1, count);
          return evaluation.generated(folder, i);
        },
        patches,
        network,
        "generated");
  }

  private SetStatistics originals(Optional<Patches> patches) {
    List<Integer> indices = evaluation.reference();
    int size = evaluation.settings().size();
    long small = indices.stream().filter(i -> evaluation.smaller(i, size)).count();
    if (small > 0) {
      System.err.println(
          message(
              "%d of %d images of the set have fewer than %d pixels per side and are enlarged",
              small, indices.size(), size));
    }
    return SetStatistics.of(
        indices.size(),
        i -> {
          progress.at("features of an image of the set", i + 1, indices.size());
          return evaluation.square(indices.get(i), size);
        },
        patches,
        network,
        "the set");
  }
}
