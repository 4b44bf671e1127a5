package io.rapd.core.grid;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ViewportTest {
  @Test
  void cellsAndOffsetsAreThoseOfIntegersOfAnyLength() {
    Random random = new Random(3);
    for (int i = 0; i < 2_000; i++) {
      long count = 1 + (random.nextLong() >>> (4 + random.nextInt(59)));
      int cells = 1 + random.nextInt(1 << random.nextInt(16));
      long index = Math.floorMod(random.nextLong(), count);
      PixelAxis axis = PixelAxis.ofImage(count);
      BigInteger[] expected =
          BigInteger.valueOf(2 * index + 1)
              .multiply(BigInteger.valueOf(cells))
              .divideAndRemainder(BigInteger.valueOf(2 * count));
      assertThat(axis.nearestCell(index, cells)).isEqualTo(expected[0].intValueExact());
      float offset = (float) (2 * (expected[1].doubleValue() / (2.0 * count)) - 1);
      assertThat(Math.abs(axis.relativeOffset(index, cells) - offset)).isLessThan(1e-6f);
    }
  }

  @Test
  void freeViewportsContinueToTheEdgesOfTheField() {
    GridRegion pixels = new Viewport(0.3, 0.1, 0.9, 0.9).pixels(2, 1);
    assertThat(pixels.region()).isEqualTo(new Region(1, 0, 2, 1));
    assertThat(pixels.grid().rows().center(1)).isEqualTo(-0.1f);
    assertThat(pixels.grid().rows().cell()).isEqualTo(0.6f);
    assertThat(pixels.grid().height()).isEqualTo(3);
    assertThat(pixels.grid().columns().center(0)).isBetween(-1e-7f, 1e-7f);
  }

  @Test
  void emptyOutsideAndUndefinedViewportsAreRefused() {
    assertThatThrownBy(() -> new Viewport(0, 0, Double.NaN, 1)).hasMessageContaining("bottom NaN");
    assertThatThrownBy(() -> new Viewport(0.5, 0, 0.5, 1)).hasMessageContaining("not be empty");
    assertThatThrownBy(() -> new Viewport(0, -0.1, 1, 1)).hasMessageContaining("left -0.1");
    assertThatThrownBy(() -> Viewport.WHOLE.pixels(0, 4)).hasMessageContaining("got 0 x 4");
  }
}
