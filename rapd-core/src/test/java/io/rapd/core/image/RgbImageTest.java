package io.rapd.core.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class RgbImageTest {
  /** 2 x 3 pixels; value 100 * channel + 10 * row + column. */
  private static RgbImage numbered() {
    float[] planes = new float[18];
    for (int i = 0; i < 18; i++) {
      planes[i] = 100 * (i / 6) + 10 * (i % 6 / 3) + i % 3;
    }
    return new RgbImage(2, 3, planes);
  }

  @Test
  void everyLevelSurvivesTheRoundTrip() {
    byte[] rgb = new byte[3 * 256];
    for (int i = 0; i < 256; i++) {
      rgb[3 * i] = (byte) i;
      rgb[3 * i + 1] = (byte) (255 - i);
      rgb[3 * i + 2] = (byte) (i ^ 0x55);
    }
    RgbImage image = RgbImage.fromRgbBytes(16, 16, rgb);
    assertThat(image.toRgbBytes()).isEqualTo(rgb);
    assertThat(image.at(0, 0, 0)).isEqualTo(-1f);
    assertThat(image.at(0, 15, 15)).isEqualTo(1f);
    assertThat(image.at(1, 0, 3)).isEqualTo(252 / 127.5f - 1);
    assertThat(image.at(2, 1, 0)).isEqualTo((16 ^ 0x55) / 127.5f - 1);
  }

  @Test
  void valuesOutsideTheRangeAreClampedAndHalvesRoundUp() {
    RgbImage image = new RgbImage(1, 2, new float[] {-3f, 1.5f, 0f, 1e-9f, 0.9999f, -0.9999f});
    assertThat(image.toRgbBytes())
        .containsExactly(0, (byte) 128, (byte) 255, (byte) 255, (byte) 128, 0);
  }

  @Test
  void cropsAndMirrorsMoveWholePixels() {
    RgbImage part = numbered().crop(1, 1, 1, 2);
    assertThat(part.planes()).containsExactly(11, 12, 111, 112, 211, 212);
    assertThat(numbered().flipHorizontally().crop(0, 0, 1, 3).planes())
        .containsExactly(2, 1, 0, 102, 101, 100, 202, 201, 200);
    assertThat(numbered().flipHorizontally().flipHorizontally()).isEqualTo(numbered());
    assertThat(numbered().at(2, 1, 0)).isEqualTo(210);
  }

  @Test
  void equalityIsThatOfTheValues() {
    assertThat(numbered()).isEqualTo(numbered()).hasSameHashCodeAs(numbered());
    assertThat(numbered()).isNotEqualTo(new RgbImage(3, 2, numbered().planes()));
    assertThat(numbered()).isNotEqualTo(numbered().flipHorizontally());
  }

  @Test
  void imagesOfAnotherSizeAreTold() {
    RgbImage image = new RgbImage(1, 2, new float[6]);
    image.requireSameSize(new RgbImage(1, 2, new float[6]));
    assertThatThrownBy(() -> image.requireSameSize(new RgbImage(2, 1, new float[6])))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("images must have the same size, got 1 x 2 and 2 x 1");
  }

  @Test
  void badValuesAreRefused() {
    assertThatThrownBy(() -> new RgbImage(0, 3, new float[0]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("an image must hold a pixel, got 0 x 3");
    assertThatThrownBy(() -> new RgbImage(1, 1, new float[4]))
        .hasMessage("planes must hold 3 x 1 x 1 = 3 values, got 4");
    assertThatThrownBy(() -> new RgbImage(1, 1, new float[] {0, Float.NaN, 0}))
        .hasMessage("planes must be finite, got NaN at 1");
    assertThatThrownBy(() -> RgbImage.fromRgbBytes(2, 1, new byte[3]))
        .hasMessage("rgb must hold 2 x 1 x 3 bytes, got 3");
    assertThatThrownBy(() -> numbered().crop(0, 2, 1, 2))
        .hasMessage("crop must lie inside 2 x 3, got top 0, left 2, 1 x 2");
    assertThatThrownBy(() -> new RgbImage(65_536, 65_536, new float[0]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("65536 x 65536");
  }
}
