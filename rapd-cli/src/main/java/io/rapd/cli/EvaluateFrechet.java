package io.rapd.cli;

import static io.rapd.core.config.Check.check;

import io.rapd.eval.metric.FrechetComparison;
import io.rapd.eval.metric.InceptionFeatures;
import io.rapd.eval.metric.Patches;
import io.rapd.eval.metric.SetStatistics;
import io.rapd.eval.metric.StatisticsFile;
import io.rapd.train.command.ComputeOptions;
import io.rapd.train.command.Progress;
import io.rapd.train.data.ImageCache;
import io.rapd.train.data.ImageTextSource;
import io.rapd.train.data.Split;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code rapd evaluate frechet}. */
@Command(
    name = "frechet",
    sortOptions = false,
    description = {
      "Prints the Frechet distance between two sets of images (FID): folders of images, shards, or"
          + " .npz files with mu and sigma as pytorch-fid writes them.",
      "Images are compared at their own sizes, which Inception's file itself resizes to 299."
    })
final class EvaluateFrechet implements Runnable {
  @Parameters(index = "0", paramLabel = "A", description = "images or statistics")
  private String first = "";

  @Parameters(index = "1", paramLabel = "B", description = "images or statistics")
  private String second = "";

  @Option(
      names = "--save",
      paramLabel = "FILE",
      description = "also write the statistics of A's whole images, .npz (default: none)")
  private @Nullable Path save;

  @Mixin private InceptionOptions options = new InceptionOptions();
  @Mixin private ComputeOptions compute = new ComputeOptions();

  @Override
  public void run() {
    boolean stored = isStatistics(first) && isStatistics(second);
    check(
        options.given() || stored,
        "expected --inception for the images of %s, got none",
        isStatistics(first) ? second : first);
    check(
        options.patches().isEmpty() || (!isStatistics(first) && !isStatistics(second)),
        "--patch needs images, got the statistics of %s",
        isStatistics(first) ? first : second);
    List<FrechetComparison> comparisons = new ArrayList<>();
    // Of two files the network is not needed.
    Optional<InceptionFeatures> inception =
        stored ? Optional.empty() : options.load(compute.device());
    try (Progress progress = new Progress("evaluate")) {
      SetStatistics whole = statistics(first, Optional.empty(), inception, progress);
      comparisons.add(
          FrechetComparison.of(
              "whole images", whole, statistics(second, Optional.empty(), inception, progress)));
      options
          .patches()
          .ifPresent(
              patches ->
                  comparisons.add(
                      FrechetComparison.of(
                          "patches of " + patches.side(),
                          statistics(first, options.patches(), inception, progress),
                          statistics(second, options.patches(), inception, progress))));
      if (save != null) {
        StatisticsFile.write(save, whole.statistics());
      }
    } finally {
      inception.ifPresent(InceptionFeatures::close);
    }
    System.out.print(FrechetComparison.table(comparisons).markdown());
    inception.ifPresent(network -> System.out.println("Inception SHA-256: " + network.digest()));
    comparisons.stream()
        .flatMap(one -> one.warnings().stream())
        .distinct()
        .forEach(System.err::println);
  }

  private static boolean isStatistics(String name) {
    return name.endsWith(".npz");
  }

  private static SetStatistics statistics(
      String name,
      Optional<Patches> patches,
      Optional<InceptionFeatures> inception,
      Progress progress) {
    if (isStatistics(name)) {
      return SetStatistics.read(Path.of(name));
    }
    ImageTextSource source = ImageTextSource.open(name, Split.ALL, false);
    ImageCache images = new ImageCache(source, 0);
    return SetStatistics.of(
        source.size(),
        i -> {
          progress.at("image of " + name, i + 1, source.size());
          return images.image(i);
        },
        patches,
        inception.orElseThrow(),
        name);
  }
}
