package io.rapd.train.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rapd.core.image.RgbImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResizeConfigTest {
  /** Smooth, 37 x 51 pixels; no two crops are equal. */
  private static RgbImage pattern() {
    byte[] rgb = new byte[37 * 51 * 3];
    for (int y = 0, at = 0; y < 37; y++) {
      for (int x = 0; x < 51; x++) {
        rgb[at++] = (byte) (40 + 3 * y + x);
        rgb[at++] = (byte) (200 - 2 * x - y);
        rgb[at++] = (byte) (60 + y * x / 16);
      }
    }
    return RgbImage.fromRgbBytes(37, 51, rgb);
  }

  /**
   * Corners, middle and sums as ADM's center_crop_arr gives them with Pillow 13, within two levels:
   * Pillow rounds to levels after each step, half up, and {@code ShorterSide} does not.
   */
  @Test
  void halvingThenBicubicIsPixelGensProtocol() {
    int[][] expected = {
      {8, 52, 187, 61, 128, 129, 94, 183, 87, 145, 21_807},
      {9, 51, 188, 61, 117, 138, 86, 185, 85, 148, 27_610},
      {20, 49, 185, 60, 123, 129, 90, 189, 79, 154, 135_490},
    };
    for (int[] line : expected) {
      int side = line[0];
      ResizeConfig config = new ResizeConfig(false, true, ResizeConfig.Crop.CENTRE);
      byte[] rgb = config.fit(side).apply(pattern()).toRgbBytes();
      int middle = (side / 2 * side + side / 2) * 3;
      for (int channel = 0; channel < 3; channel++) {
        assertLevel(rgb[channel], line[1 + channel]);
        assertLevel(rgb[middle + channel], line[4 + channel]);
        assertLevel(rgb[rgb.length - 3 + channel], line[7 + channel]);
      }
      int sum = 0;
      for (byte level : rgb) {
        sum += level & 0xff;
      }
      assertThat((double) sum).isBetween(line[10] - 1.2 * rgb.length, line[10] + 1.2 * rgb.length);
    }
  }

  private static void assertLevel(byte level, int expected) {
    assertThat(level & 0xff).isBetween(expected - 2, expected + 2);
  }

  @Test
  void withoutHalvingTheSquareIsThatOfCentreSquare() {
    assertThat(ResizeConfig.DEFAULT.fit(9).apply(pattern()))
        .isEqualTo(new CentreSquare(9).apply(pattern()));
    Optional<RgbImage> square =
        ResizeConfig.DEFAULT.square(new CentreSquare(9).apply(pattern()), 9, new Random(1));
    assertThat(square).contains(new CentreSquare(9).apply(pattern()));
  }

  @Test
  void randomCropsReachBothEnds() {
    ResizeConfig config = new ResizeConfig(false, false, ResizeConfig.Crop.RANDOM);
    RgbImage fitted = config.fit(37).apply(pattern());
    assertThat(fitted).isEqualTo(pattern());
    Set<RgbImage> seen = new HashSet<>();
    Random random = new Random(2);
    for (int i = 0; i < 300; i++) {
      seen.add(config.square(fitted, 37, random).orElseThrow());
    }
    assertThat(seen).hasSize(15).contains(fitted.crop(0, 0, 37, 37), fitted.crop(0, 14, 37, 37));
  }

  @Test
  void smallImagesAreReplacedWithRandomAccess(@TempDir Path folder) {
    for (int i = 0; i < 8; i++) {
      ImageFiles.write(folder, "s" + i, ImageFiles.png(i % 2 == 0 ? 8 : 12, 12, i), "c");
    }
    ImageTextSource source = ImageTextSource.open(folder.toString(), Split.ALL, true);
    List<List<String>> keys = new ArrayList<>();
    for (boolean skip : new boolean[] {false, true, true}) {
      Steps<CaptionedImages.Batch> steps =
          CaptionedImages.withRandomAccess(
              source,
              1 << 20,
              new CaptionedImages.Settings(
                  10,
                  new ResizeConfig(skip, false, ResizeConfig.Crop.CENTRE),
                  CaptionConfig.DEFAULT,
                  1,
                  0,
                  4,
                  7),
              UnusableSamples.REFUSED);
      List<String> seen = new ArrayList<>();
      for (int step = 10; step >= 1; step--) { // a function of the step alone
        seen.addAll(0, steps.batch(step).keys());
      }
      keys.add(seen);
    }
    assertThat(keys.get(2)).isEqualTo(keys.get(1));
    for (int i = 0; i < keys.get(0).size(); i++) {
      String before = keys.get(0).get(i);
      boolean small = (before.charAt(1) - '0') % 2 == 0;
      assertThat(small).isEqualTo(!keys.get(1).get(i).equals(before));
      assertThat(keys.get(1).get(i)).matches("s[1357]");
    }
    assertThatThrownBy(
            () ->
                CaptionedImages.withRandomAccess(
                        source,
                        0,
                        new CaptionedImages.Settings(
                            13,
                            new ResizeConfig(true, false, ResizeConfig.Crop.CENTRE),
                            CaptionConfig.DEFAULT,
                            1,
                            0,
                            4,
                            7),
                        UnusableSamples.REFUSED)
                    .batch(1))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("expected usable samples, found none in 1000 draws");
  }

  @Test
  void shortCaptionsArePrefixed() {
    CaptionConfig config = new CaptionConfig(List.of("", "A photo of ", "An image of "), 4);
    Random random = new Random(3);
    Set<String> seen = new HashSet<>();
    for (int i = 0; i < 100; i++) {
      seen.add(config.apply("a red apple", random));
      assertThat(config.apply("a red apple here", random)).isEqualTo("a red apple here");
    }
    assertThat(seen)
        .containsExactlyInAnyOrder(
            "a red apple", "A photo of a red apple", "An image of a red apple");
    assertThat(CaptionConfig.DEFAULT.apply("x", random)).isEqualTo("x");
  }
}
