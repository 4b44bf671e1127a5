package io.rapd.cli;

import static io.rapd.core.text.Messages.message;

import io.rapd.cli.GenerationPlan.PlannedImage;
import io.rapd.core.image.ContactSheet;
import io.rapd.core.image.ImageBands;
import io.rapd.core.image.OutputFormat;
import io.rapd.core.image.RgbImage;
import io.rapd.core.image.RgbImageReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/** Overviews of what was generated: a row per prompt, a column per seed, pages of 32 rows. */
final class ContactSheets {
  private static final int CELL = 160;
  private static final int ROWS = 32;
  private static final int MAX_COLUMNS = 64;

  private ContactSheets() {}

  /** Writes {@code contact-sheet-1.png} and so on from the images in the folder. */
  static void write(GenerationPlan plan, OutputFolder folder, Consumer<Path> written) {
    TreeMap<Integer, List<PlannedImage>> rows = new TreeMap<>();
    plan.images().forEach(i -> rows.computeIfAbsent(i.row(), r -> new ArrayList<>()).add(i));
    int longest = rows.values().stream().mapToInt(List::size).max().orElse(1);
    int columns = Math.min(MAX_COLUMNS, longest);
    List<List<PlannedImage>> lines = new ArrayList<>();
    for (List<PlannedImage> row : rows.values()) {
      for (int from = 0; from < row.size(); from += columns) {
        lines.add(row.subList(from, Math.min(row.size(), from + columns)));
      }
    }
    for (int from = 0; from < lines.size(); from += ROWS) {
      List<List<PlannedImage>> page = lines.subList(from, Math.min(lines.size(), from + ROWS));
      String name = message("contact-sheet-%d.png", from / ROWS + 1);
      ImageBands sheet = ImageBands.of(page(page, columns, folder));
      written.accept(folder.write(sheet, OutputFormat.PNG, Map.of(), name));
    }
  }

  private static RgbImage page(List<List<PlannedImage>> page, int columns, OutputFolder folder) {
    String[] titles = new String[columns];
    Arrays.fill(titles, "");
    ContactSheet sheet = new ContactSheet(CELL, List.of(titles));
    for (List<PlannedImage> line : page) {
      List<RgbImage> cells = new ArrayList<>();
      line.forEach(image -> cells.add(thumbnail(image, folder)));
      while (cells.size() < columns) {
        cells.add(new RgbImage(1, 1, new float[] {1, 1, 1}));
      }
      long first = line.get(0).seed();
      long last = line.get(line.size() - 1).seed();
      String seeds =
          line.size() == 1 ? message(" (seed %d)", first) : message(" (%d ... %d)", first, last);
      sheet.row(shown(line.get(0).prompt()) + seeds, cells);
    }
    return sheet.draw();
  }

  private static String shown(String prompt) {
    String line = prompt.replaceAll("\\p{Cntrl}+", " ");
    return line.codePointCount(0, line.length()) <= 80
        ? line
        : line.substring(0, line.offsetByCodePoints(0, 80)) + "...";
  }

  /** The smallest file of an image, reduced. */
  private static RgbImage thumbnail(PlannedImage image, OutputFolder folder) {
    String name =
        image.files().entrySet().stream()
            .min(Comparator.comparingLong(f -> (long) f.getValue().height() * f.getValue().width()))
            .orElseThrow()
            .getKey();
    return ContactSheet.fitted(new RgbImageReader().read(folder.place(name)), CELL);
  }
}
