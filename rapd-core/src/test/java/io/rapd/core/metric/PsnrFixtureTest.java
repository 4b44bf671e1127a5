package io.rapd.core.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rapd.core.fixture.Fixture;
import io.rapd.core.image.RgbImage;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class PsnrFixtureTest {
  private final Fixture fixture = Fixture.load("metrics");

  @Test
  void psnrIsThatOfScikitImage() {
    double range = fixture.config().get("data_range").asDouble();
    double expected = fixture.doubles("out.psnr")[0];
    assertThat(Psnr.of(fixture.floats("in.a"), fixture.floats("in.b"), range))
        .isCloseTo(expected, Offset.offset(1e-8 * expected));
  }

  @Test
  void imagesAreComparedOnTheirRangeOfTwo() {
    RgbImage black = new RgbImage(1, 1, new float[] {-1, -1, -1});
    RgbImage beyond = new RgbImage(1, 1, new float[] {-3, -1, -1});
    RgbImage grey = new RgbImage(1, 1, new float[] {0, 0, 0});
    assertThat(Psnr.of(black, beyond)).isInfinite();
    assertThat(Psnr.of(black, grey)).isCloseTo(10 * Math.log10(4), Offset.offset(1e-12));
    assertThatThrownBy(() -> Psnr.of(black, new RgbImage(1, 2, new float[6])))
        .hasMessageContaining("1 x 1 and 1 x 2");
  }
}
