package io.rapd.eval.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rapd.core.fixture.Fixture;
import io.rapd.core.image.RgbImage;
import java.util.Arrays;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class SsimFixtureTest {
  private final Fixture fixture = Fixture.load("metrics");
  private final int height = fixture.config().get("image").get(0).asInt();
  private final int width = fixture.config().get("image").get(1).asInt();

  @Test
  void everyChannelIsThatOfScikitImage() {
    double[] channels = Ssim.perChannel(planes("in.a"), planes("in.b"), height, width);
    Fixture.assertClose("ssim", channels, fixture.doubles("out.ssim_per_channel"), 1e-8);
    assertThat(Arrays.stream(channels).average().orElseThrow())
        .isCloseTo(fixture.doubles("out.ssim")[0], Offset.offset(1e-8));
  }

  @Test
  void imagesAreComparedOnTheirRangeOfTwo() {
    RgbImage a = image(planes("in.a"));
    RgbImage b = image(planes("in.b"));
    assertThat(Ssim.of(a, b)).isCloseTo(fixture.doubles("out.ssim")[0], Offset.offset(1e-6));
    assertThat(Ssim.of(a, a)).isCloseTo(1, Offset.offset(1e-12));
  }

  @Test
  void unsuitableSizesAreRefused() {
    RgbImage small = new RgbImage(10, 20, new float[3 * 10 * 20]);
    assertThatThrownBy(() -> Ssim.of(small, small))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("at least 11 x 11 pixels, got 10 x 20");
    RgbImage other = new RgbImage(20, 10, new float[3 * 10 * 20]);
    assertThatThrownBy(() -> Ssim.of(small, other)).hasMessageContaining("10 x 20 and 20 x 10");
  }

  /** (H, W, 3) to (3, H, W). */
  private float[] planes(String key) {
    float[] pixels = fixture.floats(key);
    int area = height * width;
    float[] planes = new float[pixels.length];
    for (int i = 0; i < pixels.length; i++) {
      planes[i % 3 * area + i / 3] = pixels[i];
    }
    return planes;
  }

  private RgbImage image(float[] unit) {
    float[] planes = unit.clone();
    for (int i = 0; i < planes.length; i++) {
      planes[i] = 2 * planes[i] - 1;
    }
    return new RgbImage(height, width, planes);
  }
}
