package io.rapd.train;

import io.rapd.train.data.ImageFiles;
import java.nio.file.Path;

/** Six small images with captions. */
public final class TinyImages {
  private static final String[][] CAPTIONS = {
    {"a red square", "a square", "red"},
    {"green stripes"},
    {"blue rings", "rings"},
    {"a slope of grey"},
    {"a yellow cross", "a cross"},
    {"chequered violet"},
  };

  private TinyImages() {}

  /** Writes them into a folder. */
  public static Path write(Path folder) {
    for (int i = 0; i < CAPTIONS.length; i++) {
      int kind = i;
      byte[] png = ImageFiles.png(34 + i, 40 - i, (y, x) -> pixel(kind, y, x));
      ImageFiles.write(folder, "image" + i, png, CAPTIONS[i]);
    }
    return folder;
  }

  private static int pixel(int kind, int y, int x) {
    return switch (kind) {
      case 0 -> y > 8 && y < 26 && x > 10 && x < 30 ? 0xD02020 : 0xF0F0F0;
      case 1 -> x / 4 % 2 == 0 ? 0x20B030 : 0x104010;
      case 2 -> (int) Math.hypot(y - 18, x - 18) / 4 % 2 == 0 ? 0x3050E0 : 0xFFFFFF;
      case 3 -> 0x010101 * (y * 3 + x * 3);
      case 4 -> Math.abs(y - 18) < 5 || Math.abs(x - 18) < 5 ? 0xE0D020 : 0x202060;
      default -> (y / 6 + x / 6) % 2 == 0 ? 0x9030C0 : 0xE0C0F0;
    };
  }
}
