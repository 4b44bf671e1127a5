package io.rapd.core.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ContactSheetTest {
  private static final int CELL = 16;
  private static final int GAP = 8;
  private static final int TOP = 20;

  private static RgbImage noise(int height, int width, long seed) {
    byte[] rgb = new byte[3 * height * width];
    new Random(seed).nextBytes(rgb);
    return RgbImage.fromRgbBytes(height, width, rgb);
  }

  @Test
  void everyImageLiesInItsCell() {
    RgbImage[][] images = new RgbImage[2][3];
    ContactSheet grid = new ContactSheet(CELL, List.of("", "", ""));
    for (int row = 0; row < 2; row++) {
      for (int column = 0; column < 3; column++) {
        images[row][column] = noise(CELL, CELL, 3 * row + column);
      }
      grid.row("", List.of(images[row]));
    }
    RgbImage drawn = grid.draw();
    assertThat(drawn.height()).isEqualTo(TOP + 2 * (CELL + GAP));
    assertThat(drawn.width()).isEqualTo(GAP + 3 * (CELL + GAP));
    for (int row = 0; row < 2; row++) {
      for (int column = 0; column < 3; column++) {
        int top = TOP + row * (CELL + GAP);
        int left = GAP + column * (CELL + GAP);
        assertThat(drawn.crop(top, left, CELL, CELL)).isEqualTo(images[row][column]);
        assertThat(drawn.crop(top, left + CELL, CELL, GAP).planes()).containsOnly(1f);
        assertThat(drawn.crop(top + CELL, left, GAP, CELL).planes()).containsOnly(1f);
      }
    }
  }

  @Test
  void smallImagesRepeatTheirPixelsAndLargeOnesAreReduced() {
    RgbImage small = noise(2, 4, 7);
    byte[] grey = new byte[3 * 40 * 80];
    Arrays.fill(grey, (byte) 77);
    RgbImage large = RgbImage.fromRgbBytes(80, 40, grey);
    RgbImage drawn = new ContactSheet(CELL, List.of("", "")).row("", List.of(small, large)).draw();
    for (int row = 0; row < 8; row++) {
      for (int column = 0; column < CELL; column++) {
        assertThat(drawn.at(1, TOP + row, GAP + column))
            .isEqualTo(small.at(1, row / 4, column / 4));
      }
    }
    assertThat(drawn.crop(TOP + 8, GAP, 8, CELL).planes()).containsOnly(1f);
    int left = GAP + CELL + GAP;
    assertThat(drawn.crop(TOP, left, CELL, 8).planes()).containsOnly(77 / 127.5f - 1);
    assertThat(drawn.crop(TOP, left + 8, CELL, 8).planes()).containsOnly(1f);
  }

  @Test
  void captionsMakeRoomAndKeepTheImages() {
    RgbImage image = noise(CELL, CELL, 1);
    RgbImage drawn =
        new ContactSheet(CELL, List.of("64")).row("a long caption, 🍎", List.of(image)).draw();
    int left = CELL / 2 + 2 * GAP;
    assertThat(drawn.width()).isEqualTo(left + CELL + GAP);
    assertThat(drawn.crop(TOP, left, CELL, CELL)).isEqualTo(image);
  }

  @Test
  void aRowFillsTheColumns() {
    ContactSheet grid = new ContactSheet(CELL, List.of("a", "b"));
    assertThatThrownBy(() -> grid.row("", List.of(noise(1, 1, 1))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a row must have 2 images, got 1");
  }
}
