import io.rapd.core.image.ContactSheet;
import io.rapd.core.image.RgbImage;
import io.rapd.core.image.RgbImageReader;
import io.rapd.core.image.RgbImageWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Puts the first images of several {@code rapd evaluate generation} side by side, a column per run:
 * {@code generations.png}; and the tables below each other: {@code generations.md}. Arguments: the
 * folder, the runs in it, each with a folder {@code evaluation}.
 */
public final class CompareGenerations {
  private static final int ROWS = 12;
  private static final int CELL = 96;

  public static void main(String[] arguments) throws Exception {
    Path folder = Path.of(arguments[0]);
    List<String> runs = Arrays.asList(arguments).subList(1, arguments.length);
    ContactSheet sheet = new ContactSheet(CELL, runs);
    RgbImageReader reader = new RgbImageReader();
    for (int i = 0; i < ROWS; i++) {
      List<RgbImage> row = new ArrayList<>();
      for (String run : runs) {
        Path image = folder.resolve(run).resolve("evaluation/images").resolve("%05d.png".formatted(i));
        row.add(reader.read(image));
      }
      sheet.row("", row);
    }
    new RgbImageWriter().writePng(sheet.draw(), folder.resolve("generations.png"));
    StringBuilder tables = new StringBuilder();
    for (String run : runs) {
      Path table = folder.resolve(run).resolve("evaluation/table.md");
      tables.append("## ").append(run).append("\n\n").append(Files.readString(table)).append("\n");
    }
    Files.writeString(folder.resolve("generations.md"), tables);
    System.out.print(tables);
  }
}
