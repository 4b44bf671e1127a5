package io.rapd.train.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.rapd.core.image.RgbImage;
import org.junit.jupiter.api.Test;

class CentreSquareTest {
  /** Red grows by 0.01 a column, green by 0.01 a row, blue is constant. */
  private static RgbImage ramps(int height, int width) {
    float[] planes = new float[3 * height * width];
    for (int i = 0; i < height * width; i++) {
      planes[i] = 0.01f * (i % width);
      planes[height * width + i] = 0.01f * (i / width);
      planes[2 * height * width + i] = -0.25f;
    }
    return new RgbImage(height, width, planes);
  }

  /** Resampling keeps a ramp away from the edges: its values tell where each pixel came from. */
  @Test
  void takesTheMiddleAtTheScaleOfTheShorterSide() {
    RgbImage wide = new CentreSquare(10).apply(ramps(20, 80));
    RgbImage tall = new CentreSquare(10).apply(ramps(80, 20));
    assertThat(wide.height()).isEqualTo(10);
    assertThat(wide.width()).isEqualTo(10);
    for (int row = 0; row < 10; row++) {
      for (int column = 0; column < 10; column++) {
        // Column c of the square is column c + 15 of 40, centred on 2 (c + 15) + 0.5 of 80.
        assertThat(wide.at(0, row, column)).isCloseTo(0.01f * (2 * column + 30.5f), within(1e-5f));
        assertThat(tall.at(1, row, column)).isCloseTo(0.01f * (2 * row + 30.5f), within(1e-5f));
        assertThat(wide.at(2, row, column)).isCloseTo(-0.25f, within(1e-6f));
      }
    }
    for (int row = 2; row < 8; row++) {
      assertThat(wide.at(1, row, 4)).isCloseTo(0.01f * (2 * row + 0.5f), within(1e-5f));
      assertThat(tall.at(0, 4, row)).isCloseTo(0.01f * (2 * row + 0.5f), within(1e-5f));
    }
  }

  @Test
  void enlargesSmallImages() {
    RgbImage square = new CentreSquare(16).apply(ramps(1, 4));
    assertThat(square.height()).isEqualTo(16);
    assertThat(square.width()).isEqualTo(16);
    assertThat(square.at(2, 7, 9)).isCloseTo(-0.25f, within(1e-6f));
  }

  @Test
  void aSquareOfThatSizeIsUnchanged() {
    assertThat(new CentreSquare(7).apply(ramps(7, 7))).isEqualTo(ramps(7, 7));
    assertThat(new CentreSquare(7).apply(ramps(7, 9))).isEqualTo(ramps(7, 9).crop(0, 1, 7, 7));
  }

  @Test
  void anEmptySquareIsRefused() {
    assertThatThrownBy(() -> new CentreSquare(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("side must be positive, got 0");
  }
}
