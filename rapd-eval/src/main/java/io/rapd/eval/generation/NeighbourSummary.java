package io.rapd.eval.generation;

import static io.rapd.core.text.Messages.message;

import io.rapd.eval.report.ResultTable;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** The neighbours of all generated images, a row for pixels and one for pooled latents. */
final class NeighbourSummary {
  private static final int FEW = 5;

  private NeighbourSummary() {}

  static ResultTable table(List<GeneratedImage> images, int candidates) {
    ResultTable table =
        new ResultTable(
            1,
            List.of(
                "compared in",
                "images",
                "candidates",
                "own image nearest",
                "own among nearest " + FEW,
                "to nearest training image",
                "originals' own",
                "nearer than the original"));
    row(table, images, candidates, "pixels", GeneratedImage::pixels);
    row(table, images, candidates, "pooled latents", GeneratedImage::latents);
    return table;
  }

  private static void row(
      ResultTable table,
      List<GeneratedImage> images,
      int candidates,
      String name,
      Function<GeneratedImage, Neighbours> kind) {
    List<Neighbours> all = images.stream().map(kind).toList();
    int count = all.size();
    table.row(
        List.of(
            name,
            String.valueOf(count),
            String.valueOf(candidates),
            share(all.stream().filter(n -> n.rank() == 1).count(), count),
            share(all.stream().filter(n -> n.rank() <= FEW).count(), count),
            message("%.4f", median(all.stream().map(Neighbours::distance).toList())),
            message("%.4f", median(all.stream().map(Neighbours::original).toList())),
            share(all.stream().filter(n -> n.distance() < n.original()).count(), count)));
  }

  private static String share(long some, int all) {
    return message("%d (%.1f %%)", some, 100.0 * some / all);
  }

  private static double median(List<Double> values) {
    List<Double> sorted = new ArrayList<>(values);
    sorted.sort(Double::compare);
    int half = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(half)
        : (sorted.get(half - 1) + sorted.get(half)) / 2;
  }

  /** A row per image. */
  static ResultTable images(List<GeneratedImage> images) {
    List<String> header = new ArrayList<>(List.of("number", "key", "caption", "seed"));
    for (String kind : List.of("pixels", "latents")) {
      for (String value : List.of("nearest", "distance", "own", "rank", "original")) {
        header.add(kind + " " + value);
      }
    }
    ResultTable table = new ResultTable(3, header);
    for (GeneratedImage image : images) {
      List<String> row =
          new ArrayList<>(
              List.of(
                  String.valueOf(image.number()),
                  image.key(),
                  image.caption(),
                  String.valueOf(image.seed())));
      for (Neighbours n : List.of(image.pixels(), image.latents())) {
        row.add(n.nearest());
        row.add(message("%.5f", n.distance()));
        row.add(message("%.5f", n.own()));
        row.add(String.valueOf(n.rank()));
        row.add(message("%.5f", n.original()));
      }
      table.row(row);
    }
    return table;
  }
}
